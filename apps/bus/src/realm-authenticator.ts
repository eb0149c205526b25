import {
  type AuthStep,
  type Authenticator,
  ERROR,
  type HelloRequest,
  type Identity,
  type RouterMethod,
  anyOf,
  bothOf,
  cookieMethod,
  follow,
} from '@sluice/wamp'
import type { AuthConfig } from './auth-config.ts'
import { type CookieJar, cookieIn } from './cookie-jar.ts'
import type { Decoys } from './decoys.ts'
import { type CallProcedure, type DynamicParts, dynamicMethods } from './dynamic-methods.ts'
import type { RealmConfig } from './realm-config.ts'
import { staticAnonymous, staticCra, staticCryptosign, staticScram, staticTicket, staticTls } from './static-methods.ts'

export interface RealmAuthenticatorParts {
  readonly decoys: Decoys
  readonly cookies: CookieJar
  readonly call: CallProcedure
}

type Asking = Exclude<keyof AuthConfig, 'cookie'>
const ASKING = ['anonymous', 'ticket', 'wampcra', 'scram', 'cryptosign', 'tls'] as const satisfies readonly Asking[]

/** Who may join a configured realm. Passwords of the configuration are hashed here, which takes a moment. */
export async function makeRealmAuthenticator(
  { name: realm, auth, roles }: RealmConfig,
  { decoys, cookies, call }: RealmAuthenticatorParts,
): Promise<Authenticator> {
  const parts: DynamicParts = { realm, decoys, call, role: roles[0]?.name ?? '' }
  const methods = await methodsOf(auth, parts)
  const known = new Set(roles.map((role) => role.name))
  const { cookie } = auth
  const offered = cookie ? [recalling(realm, cookies), ...methods] : methods
  const authenticate = anyOf(offered)
  return (hello) =>
    follow(authenticate(hello), (identity) => {
      // an authenticator may name a role that the realm has not
      if (!known.has(identity.authrole)) return { kind: 'refuse', uri: ERROR.noSuchRole }
      const brought = cookie && identity.authmethod !== 'cookie' ? cookieIn(hello.transport['cookie']) : null
      if (cookie && brought !== null) cookies.remember(realm, brought, identity, cookie.maxAgeS)
      return { kind: 'accept', identity } satisfies AuthStep
    })
}

function recalling(realm: string, cookies: CookieJar): RouterMethod {
  return cookieMethod((hello: HelloRequest) => {
    const cookie = cookieIn(hello.transport['cookie'])
    const identity: Identity | null = cookie === null ? null : cookies.recall(realm, cookie)
    return identity && { identity }
  })
}

/** What the realm offers. A method that is only the second factor of another one is not offered by itself. */
async function methodsOf(auth: AuthConfig, parts: DynamicParts): Promise<RouterMethod[]> {
  const all = new Map<string, RouterMethod>()
  const seconds = new Map<string, string>()
  for (const key of ASKING) {
    const entry = auth[key]
    if (entry === undefined) continue
    const made = 'procedure' in entry ? await dynamicMethods(key, entry, parts) : await staticMethods(key, auth, parts)
    for (const method of made) {
      all.set(method.name, method)
      if ('second' in entry && entry.second !== undefined) seconds.set(method.name, entry.second)
    }
  }
  const hidden = new Set(seconds.values())
  // keys of both dialects open the same door
  if (hidden.has('wamp-scram')) hidden.add('scram')
  const offered: RouterMethod[] = []
  for (const [name, method] of all) {
    if (hidden.has(name)) continue
    const second = all.get(seconds.get(name) ?? '')
    offered.push(second ? bothOf(method, second) : method)
  }
  return offered
}

async function staticMethods(key: Asking, auth: AuthConfig, parts: DynamicParts): Promise<RouterMethod[]> {
  const { anonymous, ticket, wampcra, scram, cryptosign, tls } = auth
  if (key === 'anonymous' && anonymous && 'role' in anonymous) return [staticAnonymous(anonymous)]
  if (key === 'ticket' && ticket && 'principals' in ticket) return [staticTicket(ticket)]
  if (key === 'wampcra' && wampcra && 'users' in wampcra) return [staticCra(wampcra, parts)]
  if (key === 'scram' && scram && 'users' in scram) return await staticScram(scram, parts)
  if (key === 'cryptosign' && cryptosign && 'principals' in cryptosign) return [await staticCryptosign(cryptosign)]
  if (key === 'tls' && tls && 'principals' in tls) return [staticTls(tls)]
  return []
}
