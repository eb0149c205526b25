import { createHash, timingSafeEqual } from 'node:crypto'
import {
  type CraPrincipal,
  type Principal,
  type RouterMethod,
  type ScramDialect,
  type ScramPrincipal,
  anonymousMethod,
  craMethod,
  cryptosignMethod,
  fromHex,
  saslprep,
  scramMethod,
  signingKey,
  ticketMethod,
  tlsMethod,
} from '@sluice/wamp'
import type { AuthConfig } from './auth-config.ts'
import type { Decoys } from './decoys.ts'
import { type ScramCredential, decoyCredential, derivedCredential, storedCredential } from './scram-credentials.ts'

/** The entry of a method that names its principals. */
type Static<Method extends keyof AuthConfig> = Exclude<NonNullable<AuthConfig[Method]>, { procedure: string }>

export interface StaticParts {
  readonly realm: string
  readonly decoys: Decoys
  /** The role that principals seem to have that do not exist. */
  readonly role: string
}

const AUTHPROVIDER = 'static'
const SALT_BYTES = 16

/** A principal of the configuration, as the authorizer finds it again. */
export function memberIdentity(authid: string, authrole: string, authprovider = AUTHPROVIDER): Principal['identity'] {
  return { authid, authrole, authprovider, principal: MEMBER }
}

/** What sessions of configured realms stand for: nobody that the platform knows. */
export const MEMBER = { kind: 'member' } as const

export function staticAnonymous({ role }: Static<'anonymous'>): RouterMethod {
  const method = anonymousMethod(role)
  return {
    ...method,
    start: async (hello) => {
      const step = await method.start(hello)
      return step.kind === 'accept' ? { ...step, identity: { ...step.identity, principal: MEMBER } } : step
    },
  }
}

export function staticTicket({ principals }: Static<'ticket'>): RouterMethod {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const known = new Map(
    Object.entries(principals).map(([authid, { role, ticket }]) => [authid, { role, digest: digest(ticket) }]),
  )
  const nobody = Buffer.alloc(32)
  return ticketMethod(({ authid }, ticket) => {
    const found = known.get(authid ?? '')
    const isRight = timingSafeEqual(digest(ticket), found?.digest ?? nobody)
    return isRight && found && authid !== null ? { identity: memberIdentity(authid, found.role) } : null
  })
}

export function staticCra({ users }: Static<'wampcra'>, { realm, decoys, role }: StaticParts): RouterMethod {
  const known = new Map(
    Object.entries(users).map(([authid, user]): [string, CraPrincipal] => {
      const { secret: key, salt, iterations = 1000, keylen = 32 } = user
      const identity = memberIdentity(authid, user.role)
      return [authid, salt === undefined ? { identity, key } : { identity, key, salting: { salt, iterations, keylen } }]
    }),
  )
  return craMethod({
    find: ({ authid }) => known.get(authid) ?? null,
    decoy: (authid) => {
      const name = `${realm}\0${authid}`
      const like = decoys.pick('wampcra', name, nonEmpty([...known.values()], null))
      const text = (count: number): string =>
        Buffer.from(decoys.bytes('wampcra salt', name, 64))
          .toString('base64url')
          .slice(0, count)
      const key = Buffer.from(decoys.bytes('wampcra key', name, 32)).toString('base64')
      const salting = like?.salting && { ...like.salting, salt: text(like.salting.salt.length) }
      return { identity: memberIdentity(authid, like?.identity.authrole ?? role), key, ...(salting && { salting }) }
    },
    now: () => new Date(),
  })
}

/** Both dialects of SCRAM, each with the users that have keys for it. Passwords are hashed here, once. */
export async function staticScram({ users }: Static<'scram'>, parts: StaticParts): Promise<RouterMethod[]> {
  const methods: RouterMethod[] = []
  for (const dialect of ['wamp-scram', 'scram'] as const) {
    const known = new Map<string, ScramPrincipal>()
    for (const [authid, user] of Object.entries(users)) {
      const credential = await credentialOf(user, { dialect, name: `${parts.realm}\0${authid}`, decoys: parts.decoys })
      const identity = memberIdentity(authid, user.role)
      if (credential) known.set(saslprep(authid) ?? authid, { identity, ...credential })
    }
    methods.push(
      scramMethod({
        dialect,
        find: ({ authid }) => known.get(authid) ?? null,
        decoy: (authid) => decoyScram(authid, [...known.values()], parts),
      }),
    )
  }
  return methods
}

async function credentialOf(
  user: Static<'scram'>['users'][string],
  { dialect, name, decoys }: { dialect: ScramDialect; name: string; decoys: Decoys },
): Promise<ScramCredential | null> {
  if (!('password' in user)) return storedCredential(user, dialect)
  return await derivedCredential(user, decoys.bytes('scram salt', name, SALT_BYTES), dialect)
}

/** A principal that does not exist, with the costs of one of those that do. */
export function decoyScram(
  authid: string,
  known: readonly ScramPrincipal[],
  { realm, decoys, role }: StaticParts,
): ScramPrincipal {
  const name = `${realm}\0${authid}`
  const like = decoys.pick('scram', name, nonEmpty(known, null))
  const credential = decoyCredential(like, (count) => decoys.bytes('scram salt', name, count))
  return { identity: memberIdentity(authid, like?.identity.authrole ?? role), ...credential }
}

export async function staticCryptosign({ principals, routerKey }: Static<'cryptosign'>): Promise<RouterMethod> {
  const members = Object.entries(principals).map(([authid, { role, authorized_keys: keys }]) => ({
    identity: memberIdentity(authid, role),
    keys: keys.map((key) => bytesOf(key)),
  }))
  const byAuthid = new Map(members.map((member) => [member.identity.authid, member]))
  const byKey = new Map(members.flatMap((member) => member.keys.map((key) => [hexOf(key), member])))
  return cryptosignMethod({
    find: (pubkey, { authid }) => {
      if (authid === null) return byKey.get(pubkey ?? '') ?? null
      const member = byAuthid.get(authid)
      return member && (pubkey === null || member.keys.some((key) => hexOf(key) === pubkey)) ? member : null
    },
    ...(routerKey !== undefined && { routerKey: await signingKey(bytesOf(routerKey)) }),
  })
}

export function staticTls({ principals }: Static<'tls'>): RouterMethod {
  const bySha256 = new Map<string, Principal>()
  const byName = new Map<string, Principal>()
  for (const [authid, { role, sha256 = [], commonName }] of Object.entries(principals)) {
    const identity = memberIdentity(authid, role)
    for (const digest of sha256) bySha256.set(digest.toLowerCase(), { identity })
    if (commonName !== undefined) byName.set(commonName, { identity })
  }
  return tlsMethod(({ sha256, commonName, isTrusted }) => {
    const byDigest = bySha256.get(sha256.replaceAll(':', '').toLowerCase())
    return byDigest ?? (isTrusted && commonName !== null ? (byName.get(commonName) ?? null) : null)
  })
}

function nonEmpty<T, E>(list: readonly T[], otherwise: E): [T | E, ...(T | E)[]] {
  const [first, ...rest] = list
  return first === undefined ? [otherwise] : [first, ...rest]
}

/** @param hex checked by the schema */
export function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
