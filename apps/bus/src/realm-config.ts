import { isReserved, isUri } from '@sluice/wamp'
import { z } from 'zod'
import { RoleName, authSchema } from './auth-config.ts'
import { listenerSchema } from './listener-config.ts'
import type { Permission } from './permissions.ts'
import { type SecretSources, secretSchema } from './secret-config.ts'

const ROWS_MAX = 10_000

/** All problems of a configuration, each a sentence that begins with the path of what is wrong. */
export class RealmConfigError extends Error {
  override readonly name = 'RealmConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration of the bus is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** `true` and `false` are what Crossbar writes. */
const Disclosure = z
  .union([z.enum(['on', 'off', 'choose']), z.boolean()])
  .transform((value) => (value === true ? 'on' : value === false ? 'off' : value))

/** One row; a URI that ends in `*` is a prefix where `match` is not given, as in Crossbar. */
const PermissionRow = z
  .strictObject({
    uri: z.string().max(1024),
    match: z.enum(['exact', 'prefix', 'wildcard']).exactOptional(),
    allow: z.strictObject({
      call: z.boolean().exactOptional(),
      register: z.boolean().exactOptional(),
      publish: z.boolean().exactOptional(),
      subscribe: z.boolean().exactOptional(),
    }),
    disclose: z
      .strictObject({ caller: Disclosure.exactOptional(), publisher: Disclosure.exactOptional() })
      .exactOptional(),
    trustlevel: z.int().min(0).exactOptional(),
    /** Taken for Crossbar's sake: what a table decides needs no cache. */
    cache: z.boolean().exactOptional(),
  })
  .transform(({ uri: written, match: chosen, allow, disclose, trustlevel }, context): Permission => {
    const isStarred = chosen === undefined && written.endsWith('*')
    const uri = isStarred ? written.slice(0, -1) : written
    const match = chosen ?? (isStarred ? 'prefix' : 'exact')
    const problem = problemOfPattern(uri, match)
    if (problem !== null) context.addIssue({ code: 'custom', path: ['uri'], message: problem })
    const terms = { ...(disclose && { disclose }), ...(trustlevel !== undefined && { trustlevel }) }
    return { uri, match, allow, ...terms }
  })

function problemOfPattern(uri: string, match: Permission['match']): string | null {
  const unknown = /\$\{(?!(authid|authrole)\})/.exec(uri)
  if (unknown) return 'knows only ${authid} and ${authrole}'
  if (!isUri(uri.replace(/\$\{(authid|authrole)\}/g, 'x'), 'loose', match)) return `is no URI that matches by ${match}`
  // ${authid} of joe would reach joey
  return match === 'prefix' && uri.endsWith('}') ? 'must go on after the variable, with a dot at least' : null
}

/** Asked for what no permission of the role is about. */
const Authorizer = z.union([
  z
    .string()
    .min(1)
    .transform((procedure) => ({ procedure })),
  z.strictObject({
    procedure: z.string().min(1),
    realm: z.string().min(1).exactOptional(),
    /** How long a verdict with `cache: true` counts; null: as long as the session. Default 60 s. */
    cacheS: z.union([z.int().min(1).max(86_400), z.null()]).exactOptional(),
  }),
])

const Role = z.strictObject({
  name: RoleName,
  permissions: z.array(PermissionRow).max(ROWS_MAX).default([]),
  authorizer: Authorizer.exactOptional(),
})

const Quota = z.strictObject({
  sessions: z.int().min(1).exactOptional(),
  subscriptions: z.int().min(1).exactOptional(),
  registrations: z.int().min(1).exactOptional(),
  calls: z.int().min(1).exactOptional(),
  messagesPerS: z.number().positive().exactOptional(),
  bytesPerS: z.number().positive().exactOptional(),
})

/** RealmOptions of the router, by the same names. */
const Options = z.strictObject({
  uris: z.enum(['loose', 'strict']).exactOptional(),
  requestIds: z.enum(['lenient', 'strict']).exactOptional(),
  callTimeoutUnit: z.enum(['ms', 's', 'auto']).exactOptional(),
  discloseDenied: z.enum(['ignore', 'error']).exactOptional(),
  progress: z.enum(['lenient', 'strict']).exactOptional(),
  overflow: z.enum(['drop_newest', 'drop_oldest', 'conflate', 'disconnect']).exactOptional(),
  retained: z
    .strictObject({ topicsMax: z.int().min(0), ttlSMax: z.union([z.number().positive(), z.null()]) })
    .exactOptional(),
  retainEmptyClears: z.boolean().exactOptional(),
})

const HistoryRule = z
  .strictObject({
    topic: z.string(),
    match: z.enum(['exact', 'prefix', 'wildcard']).default('exact'),
    eventsMax: z.int().min(1).max(1_000_000),
    ageSMax: z.number().positive().exactOptional(),
  })
  .refine(({ topic, match }) => isUri(topic, 'loose', match), { path: ['topic'], error: 'is no URI or pattern' })

const Resumption = z
  .strictObject({ windowS: z.number().min(1).max(86_400), eventsMax: z.int().min(0).max(100_000) })
  .transform(({ windowS, eventsMax }) => ({ windowMs: windowS * 1000, eventsMax }))

const RealmName = z
  .string()
  .refine((name) => isUri(name, 'loose') && !isReserved(name), 'is no URI that a realm may have')

function realmSchema(sources: SecretSources) {
  return z
    .strictObject({
      name: RealmName,
      options: Options.exactOptional(),
      history: z.array(HistoryRule).max(1000).exactOptional(),
      resumption: Resumption.exactOptional(),
      quotas: z.strictObject({ realm: Quota.exactOptional(), principal: Quota.exactOptional() }).exactOptional(),
      roles: z.array(Role).min(1).max(1000),
      auth: authSchema(secretSchema(sources)),
    })
    .superRefine((realm, context) => {
      for (const { path, message } of problemsOfRealm(realm)) context.addIssue({ code: 'custom', path, message })
    })
}
export type RealmConfig = z.infer<ReturnType<typeof realmSchema>>

type Problem = { path: (string | number)[]; message: string }

/** What one part of a realm says about another that is not there. */
function problemsOfRealm({ roles, auth }: { roles: { name: string }[]; auth: RealmConfig['auth'] }): Problem[] {
  const names = roles.map(({ name }) => name)
  const known = new Set(names)
  const problems: Problem[] = names.flatMap((name, i) =>
    names.indexOf(name) === i ? [] : [{ path: ['roles', i, 'name'], message: `there is another role ${name}` }],
  )
  const methods = Object.entries(auth)
  if (methods.every(([name]) => name === 'cookie'))
    problems.push({ path: ['auth'], message: 'must offer a method other than cookie' })
  for (const [method, entry] of methods) {
    for (const [path, role] of rolesOf(entry))
      if (!known.has(role)) problems.push({ path: ['auth', method, ...path], message: `there is no role ${role}` })
    const second = 'second' in entry ? entry.second : undefined
    const key = second === 'wamp-scram' ? 'scram' : second
    if (key !== undefined && (key === method || !(key in auth)))
      problems.push({ path: ['auth', method, 'second'], message: `${second} must be another method of this realm` })
  }
  return problems
}

function rolesOf(entry: object): [path: string[], role: string][] {
  if ('role' in entry) return [[['role'], String(entry.role)]]
  return ['principals', 'users'].flatMap((key) => {
    const group = (entry as Record<string, unknown>)[key]
    if (typeof group !== 'object' || group === null) return []
    return Object.entries(group as Record<string, { role: string }>).map(([authid, { role }]): [string[], string] => [
      [key, authid, 'role'],
      role,
    ])
  })
}

function configSchema(sources: SecretSources) {
  return z
    .strictObject({
      realms: z.array(realmSchema(sources)).max(1000).default([]),
      listeners: z
        .array(listenerSchema(secretSchema(sources)))
        .max(100)
        .default([]),
    })
    .superRefine(({ realms }, context) => {
      const names = realms.map(({ name }) => name)
      for (const [i, name] of names.entries())
        if (names.indexOf(name) !== i)
          context.addIssue({ code: 'custom', path: ['realms', i, 'name'], message: `there is another realm ${name}` })
      for (const [i, { auth, roles }] of realms.entries()) {
        const askers = [
          ...Object.entries(auth).map(([method, entry]) => ({ path: ['auth', method], entry })),
          ...roles.map(({ authorizer }, at) => ({ path: ['roles', at, 'authorizer'], entry: authorizer ?? {} })),
        ]
        for (const { path, entry } of askers) {
          const realm = 'realm' in entry ? String(entry.realm) : undefined
          if (realm !== undefined && !names.includes(realm))
            context.addIssue({
              code: 'custom',
              path: ['realms', i, ...path, 'realm'],
              message: `there is no realm ${realm}`,
            })
        }
      }
    })
}
export type BusRealmsConfig = z.infer<ReturnType<typeof configSchema>>

/**
 * Reads a configuration of realms and listeners from JSON.
 * @throws {RealmConfigError} with all problems together; secrets are not repeated
 */
export function parseRealmConfig(text: string, sources: SecretSources): BusRealmsConfig {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    // the whole message quotes the text around, in which there may be a secret
    const at = error instanceof Error ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null
    throw new RealmConfigError([`is no JSON${at ? `, ${at[0]}` : ''}`])
  }
  const result = configSchema(sources).safeParse(given)
  if (result.success) return result.data
  throw new RealmConfigError(result.error.issues.flatMap((issue) => sentences(issue)))
}

/** Of the branches of a union, the one that came furthest has the useful problems. */
function sentences(issue: z.core.$ZodIssue, base: readonly PropertyKey[] = []): string[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const depth = (issues: readonly z.core.$ZodIssue[]): number =>
      Math.max(...issues.map((inner) => (inner.code === 'unrecognized_keys' ? -1 : 0) + inner.path.length))
    const best = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? []
    return best.flatMap((inner) => sentences(inner, path))
  }
  return [path.length === 0 ? issue.message : `${path.map(String).join('.')}: ${issue.message}`]
}
