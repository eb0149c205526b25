import { covers, isConstrained, namedDatastreams, narrowPrincipal, SluiceError } from '@sluice/model'
import type { AccessMethod, Addressed, Circumstances, KeyPrincipal, Pace, Permission, Principal } from '@sluice/model'
import { forbidden } from './problem.ts'
import type { Route } from './route.ts'

/** Keys whose last uses are remembered; beyond, the one that was used longest ago is forgotten. */
const KEYS_MAX = 10_000

export type KeyConstraints = {
  /** What is left of a key for one request; the same object where none of its permissions is constrained. */
  narrow(principal: KeyPrincipal, from: Circumstances): KeyPrincipal
  /** seconds until a permission with an interval may be used again, ≤ 0 when it may */
  waitS(keyId: number, index: number, permission: Permission): number
}

/**
 * Applies what permissions state besides methods and resources. Last uses, which `minimum_interval` is measured from, are
 * kept in the memory of this node: nodes measure apart, and a restart forgets.
 * @param now milliseconds that never go back
 */
export function makeKeyConstraints(now: () => number = () => performance.now()): KeyConstraints {
  /** by key: when each of its permissions was last used, in the order of the key */
  const uses = new Map<number, number[]>()

  const waitS: KeyConstraints['waitS'] = (keyId, index, { minimumIntervalS }) => {
    const usedAt = uses.get(keyId)?.[index]
    return usedAt === undefined || minimumIntervalS === undefined ? 0 : minimumIntervalS - (now() - usedAt) / 1000
  }
  const note = (keyId: number, index: number): void => {
    const noted = uses.get(keyId) ?? []
    noted[index] = now()
    // behind all others: the oldest is the first to go
    uses.delete(keyId)
    uses.set(keyId, noted)
    if (uses.size <= KEYS_MAX) return
    const [oldest] = uses.keys()
    if (oldest !== undefined) uses.delete(oldest)
  }
  return {
    waitS,
    narrow(principal, from) {
      if (!isConstrained(principal)) return principal
      const { keyId, permissions: all } = principal
      const left = narrowPrincipal(principal, from)
      if (left.permissions.every(({ minimumIntervalS }) => minimumIntervalS === undefined)) return left
      const pace = makePace(left.permissions, {
        waitS: (permission) => waitS(keyId, all.indexOf(permission), permission),
        note: (permission) => note(keyId, all.indexOf(permission)),
      })
      return { ...left, pace }
    },
  }
}

type PaceParts = { waitS(permission: Permission): number; note(permission: Permission): void }

function makePace(permissions: readonly Permission[], { waitS, note }: PaceParts): Pace {
  const taken = new Set<Permission>()
  const isHeld = (permission: Permission): boolean => permission.minimumIntervalS === undefined || taken.has(permission)
  const isDue = (permission: Permission): boolean => waitS(permission) <= 0

  const use = (permission: Permission): void => {
    taken.add(permission)
    note(permission)
  }
  const takeOne = (able: readonly Permission[]): void => {
    if (able.length === 0 || able.some(isHeld)) return
    const due = able.find(isDue)
    if (!due) throw tooSoon(able, waitS)
    use(due)
  }
  /** For reading a feed under permissions that each show a part of it: what is due is shown. */
  const takeAll = (able: readonly Permission[]): void => {
    const shown = able.filter((permission) => isHeld(permission) || isDue(permission))
    if (shown.length === 0) throw tooSoon(able, waitS)
    for (const permission of shown) if (!isHeld(permission)) use(permission)
  }
  const ableTo = (method: AccessMethod, to: Addressed): Permission[] =>
    permissions.filter((permission) => permission.accessMethods.includes(method) && covers(permission, to))

  return {
    take(method, to) {
      const all = ableTo(method, to)
      const whole = to.datastreamId === undefined ? wholeOf(all, to.feedId) : all
      if (whole.length === all.length || (method === 'get' && whole.some((one) => isHeld(one) || isDue(one)))) {
        takeOne(whole)
      } else if (method === 'get') takeAll(all)
    },
    takeWhole: (method, to) => takeOne(wholeOf(ableTo(method, to), to.feedId)),
    takeAny(method) {
      const named = permissions.filter(({ accessMethods }) => accessMethods.includes(method))
      takeOne(named.length > 0 ? named : permissions)
    },
    held: () => permissions.filter(isHeld),
  }
}

const wholeOf = (permissions: readonly Permission[], feedId: number): Permission[] =>
  permissions.filter((permission) => namedDatastreams(permission, feedId) === null)

function tooSoon(permissions: readonly Permission[], waitS: PaceParts['waitS']): SluiceError {
  const [next] = permissions.toSorted((a, b) => waitS(a) - waitS(b))
  const waits = Math.max(1, Math.ceil(next ? waitS(next) : 0))
  const why = `This key may make such a request every ${next?.minimumIntervalS} seconds (minimum_interval): try again in ${waits}`
  // API v2 says 403 where others say 429
  return new SluiceError('rate_limited', why, { title: 'Forbidden', retryAfterS: waits })
}

/**
 * Nothing can be done with a key of which its constraints left nothing, not even what every valid key may.
 * @throws {SluiceError} `forbidden`
 */
export function requireUsable(principal: Principal): void {
  if (principal.kind === 'owner' || principal.permissions.length > 0) return
  throw forbidden('No permission of this key is for requests from this address or page (source_ip, referer)')
}

/**
 * Counts a request that addresses no feed; which of several permissions allowed it is then not looked into.
 * @throws {SluiceError} `rate_limited`
 */
export function takeTurn(principal: Principal, method: Route['method']): void {
  if (principal.kind === 'key') principal.pace?.takeAny(ACCESS[method])
}

const ACCESS = { GET: 'get', PUT: 'put', POST: 'post', DELETE: 'delete' } as const satisfies Record<
  Route['method'],
  AccessMethod
>
