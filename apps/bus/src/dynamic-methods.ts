import {
  type CallResult,
  type CraPrincipal,
  type CryptosignPrincipal,
  type Dict,
  ERROR,
  type HelloRequest,
  type Principal,
  type RouterMethod,
  type ScramDialect,
  WampError,
  craMethod,
  cryptosignMethod,
  randomAuthid,
  scramMethod,
  signingKey,
  ticketMethod,
  tlsMethod,
} from '@sluice/wamp'
import { z } from 'zod'
import type { AuthConfig, DynamicAuth } from './auth-config.ts'
import { storedCredential } from './scram-credentials.ts'
import { type StaticParts, bytesOf, decoyScram, memberIdentity } from './static-methods.ts'

/** Calls a procedure as the bus itself. @throws {WampError} the callee's, or that there is none */
export type CallProcedure = (realm: string, procedure: string, args: readonly unknown[]) => Promise<CallResult>

export interface DynamicParts extends StaticParts {
  readonly call: CallProcedure
}

const AUTHPROVIDER = 'dynamic'
/** Errors of a call that say nothing of the principal: the authenticator is not there, or hangs. */
const OUTAGES: ReadonlySet<string> = new Set([
  ERROR.noSuchProcedure,
  ERROR.timeout,
  ERROR.canceled,
  ERROR.unavailable,
  ERROR.notAuthorized,
  ERROR.authorizationFailed,
])

const Role = z.object({
  role: z.string().min(1).max(64),
  authid: z.string().min(1).max(255).optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
})
const RoleAnswer = z.union([
  z
    .string()
    .min(1)
    .transform((role) => ({ role, authid: undefined, extra: undefined })),
  Role,
])
const Hex32 = z.string().regex(/^[0-9A-Fa-f]{64}$/)
const CraAnswer = Role.extend({
  secret: z.string().min(1),
  salt: z.string().min(1).optional(),
  iterations: z.int().min(1).max(5_000_000).default(1000),
  keylen: z.int().min(1).max(128).default(32),
})
const ScramAnswer = Role.extend({
  kdf: z.enum(['pbkdf2', 'argon2id13', 'argon2id-13']),
  salt: z.string().regex(/^([0-9A-Fa-f]{2})+$/),
  iterations: z.int().min(1),
  memory: z.int().min(1).exactOptional(),
  'stored-key': Hex32,
  'server-key': Hex32,
})
const CryptosignAnswer = z.union([
  z
    .string()
    .min(1)
    .transform((role) => ({
      role,
      authid: undefined,
      extra: undefined,
      pubkey: undefined,
      authorized_keys: undefined,
    })),
  Role.extend({ pubkey: Hex32.optional(), authorized_keys: z.array(Hex32).max(16).optional() }),
])

/**
 * A method whose principals a procedure knows. It is called as in Crossbar, with realm, authid and details, and answers
 * the role or a dict with it and what the method needs; an error of its own says that there is no such principal.
 */
export async function dynamicMethods(
  method: Exclude<keyof AuthConfig, 'cookie'>,
  dynamic: DynamicAuth & { routerKey?: string },
  parts: DynamicParts,
): Promise<RouterMethod[]> {
  const ask = <T>(schema: z.ZodType<T>, hello: HelloRequest, more?: Dict): Promise<T | null> =>
    askFor(schema, { method, dynamic, parts, hello, more: more ?? {} })
  const member = (hello: HelloRequest, answer: z.infer<typeof Role> | null): Principal | null => {
    const authid = answer?.authid ?? hello.authid ?? (method === 'anonymous' ? randomAuthid() : null)
    if (!answer || authid === null) return null
    const identity = memberIdentity(authid, answer.role, AUTHPROVIDER)
    return { identity: answer.extra ? { ...identity, authextra: answer.extra } : identity }
  }
  switch (method) {
    case 'anonymous':
      return [anonymously(async (hello) => member(hello, await ask(RoleAnswer, hello)))]
    case 'ticket':
      return [ticketMethod(async (hello, ticket) => member(hello, await ask(RoleAnswer, hello, { ticket })))]
    case 'tls':
      return [
        tlsMethod(async (certificate, hello) =>
          member(hello, await ask(RoleAnswer, hello, { certificate: { ...certificate } })),
        ),
      ]
    case 'wampcra':
      return [cra(parts, async (hello) => craPrincipal(await ask(CraAnswer, hello), (answer) => member(hello, answer)))]
    case 'scram':
      return (['wamp-scram', 'scram'] as const).map((dialect) => scram(dialect, parts, { ask, member }))
    case 'cryptosign':
      return [await cryptosign(dynamic, { ask, member })]
  }
  return []
}

type Ask = <T>(schema: z.ZodType<T>, hello: HelloRequest, more?: Dict) => Promise<T | null>
type Member = (hello: HelloRequest, answer: z.infer<typeof Role> | null) => Principal | null

async function askFor<T>(
  schema: z.ZodType<T>,
  about: { method: string; dynamic: DynamicAuth; parts: DynamicParts; hello: HelloRequest; more: Dict },
): Promise<T | null> {
  const { method, dynamic, parts, hello, more } = about
  const { kind = null, peer = null } = hello.transport
  const details: Dict = {
    authmethod: method,
    authextra: hello.authextra,
    session: hello.session,
    transport: { type: kind, peer },
    ...more,
  }
  try {
    const realm = dynamic.realm ?? parts.realm
    const { args } = await parts.call(realm, dynamic.procedure, [hello.realm, hello.authid, details])
    return schema.parse(args[0])
  } catch (error) {
    if (error instanceof WampError && !OUTAGES.has(error.uri)) return null
    throw error
  }
}

function anonymously(find: (hello: HelloRequest) => Promise<Principal | null>): RouterMethod {
  return {
    name: 'anonymous',
    start: async (hello) => {
      const found = await find({ ...hello, authid: null })
      if (!found) return { kind: 'refuse', uri: ERROR.authenticationFailed }
      return { kind: 'accept', identity: { ...found.identity, authmethod: 'anonymous' } }
    },
  }
}

function cra(parts: DynamicParts, find: (hello: HelloRequest) => Promise<CraPrincipal | null>): RouterMethod {
  return craMethod({
    find,
    decoy: (authid) => {
      const key = Buffer.from(parts.decoys.bytes('wampcra key', authid, 32)).toString('base64')
      return { identity: memberIdentity(authid, parts.role, AUTHPROVIDER), key }
    },
    now: () => new Date(),
  })
}

function craPrincipal(
  answer: z.infer<typeof CraAnswer> | null,
  member: (answer: z.infer<typeof Role> | null) => Principal | null,
): CraPrincipal | null {
  const found = member(answer)
  if (!found || !answer) return null
  const { secret: key, salt, iterations, keylen } = answer
  return { ...found, key, ...(salt !== undefined && { salting: { salt, iterations, keylen } }) }
}

function scram(
  dialect: ScramDialect,
  parts: DynamicParts,
  { ask, member }: { ask: Ask; member: Member },
): RouterMethod {
  return scramMethod({
    dialect,
    find: async (hello) => {
      const answer = await ask(ScramAnswer, hello)
      const found = member(hello, answer)
      const credential = answer && storedCredential(answer, dialect)
      return found && credential ? { ...found, ...credential } : null
    },
    decoy: (authid) => decoyScram(authid, [], parts),
  })
}

async function cryptosign(
  { routerKey }: { routerKey?: string },
  { ask, member }: { ask: Ask; member: Member },
): Promise<RouterMethod> {
  return cryptosignMethod({
    find: async (pubkey, hello): Promise<CryptosignPrincipal | null> => {
      const answer = await ask(CryptosignAnswer, hello)
      // a key that the authenticator was told of and said nothing about is one that it knows
      const keys = answer?.authorized_keys ?? [answer?.pubkey ?? pubkey].filter((key) => key !== null)
      const found = member({ ...hello, authid: hello.authid ?? pubkey }, answer)
      if (!found || (pubkey !== null && !keys.some((key) => key.toLowerCase() === pubkey))) return null
      return { ...found, keys: keys.map((key) => bytesOf(key)) }
    },
    ...(routerKey !== undefined && { routerKey: await signingKey(bytesOf(routerKey)) }),
  })
}
