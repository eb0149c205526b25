import { type Action, type Grant, type Identity, type MatchPolicy, covers, matches, overlaps } from '@sluice/wamp'

export type Disclosure = 'on' | 'off' | 'choose'

/** One row of a role's permissions. In its URI `${authid}` and `${authrole}` stand for those of the session. */
export interface Permission {
  readonly uri: string
  readonly match: MatchPolicy
  readonly allow: Readonly<Partial<Record<Action, boolean>>>
  /** Whether callees learn of the caller, and subscribers of the publisher. Default: off. */
  readonly disclose?: { readonly caller?: Disclosure; readonly publisher?: Disclosure }
  readonly trustlevel?: number
}

/** URIs whose row a table remembers: few are used over and over, and each event of a pattern subscriber asks. */
const REMEMBERED_MAX = 1000
const VARIABLE = /\$\{(authid|authrole)\}/g

/** Permissions as they apply to one principal, or to all of a role. */
export interface PermissionTable {
  /** @returns null if no row is about the URI or pattern */
  decide(action: Action, uri: string, match: MatchPolicy): Grant | null
}

/** The permissions of a role. Rows that name nobody are compiled once for all sessions. */
export function permissionsOf(rows: readonly Permission[]): (identity: Identity) => PermissionTable {
  if (!rows.some(({ uri }) => uri.includes('${'))) {
    const shared = makeTable(rows)
    return () => shared
  }
  const tables = new WeakMap<Identity, PermissionTable>()
  return (identity) => {
    let table = tables.get(identity)
    if (!table) {
      table = makeTable(rows.flatMap((row) => instantiate(row, identity)))
      tables.set(identity, table)
    }
    return table
  }
}

/** The row for one principal; none if the principal's name is empty, for that would be a wildcard. */
function instantiate(row: Permission, identity: Identity): Permission[] {
  let isVoid = false
  const uri = row.uri.replace(VARIABLE, (_, name: 'authid' | 'authrole') => {
    isVoid ||= identity[name] === ''
    return asComponent(identity[name])
  })
  return isVoid ? [] : [{ ...row, uri }]
}

/** A name as one component of a URI, different for different names: `.`, `#`, `%` and white space are percent-encoded. */
export function asComponent(name: string): string {
  return name.replace(/[.#%\s]/gu, (character) => encodeURIComponent(character).replace('.', '%2E'))
}

/**
 * The longest match wins: an exact row, else the one with the longest pattern, else the first. A pattern is allowed to a
 * callee if every URI it matches is; to a subscriber if any might be, and then each event is judged by its topic.
 */
function makeTable(rows: readonly Permission[]): PermissionTable {
  const exact = new Map<string, Permission>()
  for (const row of rows) if (row.match === 'exact' && !exact.has(row.uri)) exact.set(row.uri, row)
  const patterns = rows.filter(({ match }) => match !== 'exact').toSorted((a, b) => b.uri.length - a.uri.length)
  const all = [...exact.values(), ...patterns]
  const find = remember((uri) => exact.get(uri) ?? patterns.find((row) => matches(row.match, row.uri, uri)) ?? null)
  const isReadable = (topic: string): boolean => find(topic)?.allow.subscribe === true
  return {
    decide(action, uri, match) {
      if (match === 'exact') {
        const row = find(uri)
        return row ? grantOf(row, action) : null
      }
      const pattern = { uri, match }
      const touching = all.filter((row) => overlaps(row, pattern))
      const first = touching[0]
      if (!first) return null
      // rows are in order of rank: up to the first that covers the pattern, any may decide about some URI of it
      const cover = touching.findIndex((row) => covers(row, pattern))
      const deciding = cover < 0 ? touching : touching.slice(0, cover + 1)
      if (cover >= 0 && deciding.every((row) => row.allow[action] === true)) return grantOf(first, action)
      if (action !== 'subscribe' || !deciding.some((row) => row.allow.subscribe === true)) return { allow: false }
      return { allow: true, filter: isReadable }
    },
  }
}

function grantOf({ allow, disclose, trustlevel }: Permission, action: Action): Grant {
  const isAllowed = allow[action] === true
  const of = action === 'publish' ? disclose?.publisher : disclose?.caller
  if (!isAllowed || ((of ?? 'off') === 'off' && trustlevel === undefined)) return isAllowed ? ALLOWED : DENIED
  return { allow: true, disclose: of ?? 'off', ...(trustlevel === undefined ? {} : { trustlevel }) }
}

const ALLOWED: Grant = { allow: true }
const DENIED: Grant = { allow: false }

/** Remembers the latest answers, forgetting all when there are too many. */
function remember<T extends object | null>(decide: (uri: string) => T): (uri: string) => T {
  const known = new Map<string, T>()
  return (uri) => {
    let answer = known.get(uri)
    if (answer === undefined) {
      answer = decide(uri)
      if (known.size >= REMEMBERED_MAX) known.clear()
      known.set(uri, answer)
    }
    return answer
  }
}
