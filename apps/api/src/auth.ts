import type { KeyPrincipal, OwnerPrincipal, Principal } from '@sluice/model'
import type { KeyUse } from '@sluice/store'
import type { ApiRequest } from './exchange.ts'
import { makeKeyConstraints } from './key-constraints.ts'
import type { KeyConstraints } from './key-constraints.ts'
import { makeKeyUses } from './key-uses.ts'
import type { KeyClient } from './key-uses.ts'
import { makeKnownKeys } from './known-keys.ts'
import { forbidden, unauthorized } from './problem.ts'
import { shownKeys } from './shown-keys.ts'

/** A signed-in person, and when they last proved with their password who they are (ms since 1970). */
export type SignedIn = { principal: OwnerPrincipal; provenAt: number }

export type AuthParts = {
  findPrincipal(key: string): Promise<KeyPrincipal | null>
  /** resolves the session cookie of a request */
  findSession(cookies: string): Promise<SignedIn | null>
  /** scheme and authority of the workbench, as browsers name it in `Origin` */
  origin(): string
}
export type Identity = { principal: Principal; provenAt: number }

export type Auth = {
  /**
   * Who makes this request: by API key in `X-ApiKey` (or its two older names), `?key=`, as Basic user or Bearer token;
   * without any by session cookie. Null where nothing was given.
   * @param protocol what the request came over, HTTP unless given; nothing else has a User-Agent and a Referer
   * @throws {SluiceError} `unauthorized` for an unknown, expired or malformed key and for two different ones;
   * `forbidden` for a cookie on an unsafe request of another site
   */
  identify(request: ApiRequest, query: Readonly<Record<string, string>>, protocol?: string): Promise<Identity | null>
  /**
   * Whose key this is, looked up again at most every few seconds, and what its constraints leave of it for this one
   * request, which may be nothing (`requireUsable`). The use is noted.
   * @throws {SluiceError} `unauthorized` for an unknown, expired or malformed key
   */
  identifyKey(key: string, from: KeyClient): Promise<KeyPrincipal>
  /** what permissions state besides methods and resources, for keys that somebody else identified */
  constraints: KeyConstraints
  /** notes the use of such a key */
  noteUse(principal: KeyPrincipal, from: KeyClient): void
  /**
   * For routes that need no identity: what a browser sends to them must come from our own pages.
   * @throws {SluiceError} `forbidden`
   */
  refuseOtherSites(request: ApiRequest): void
  /** forgets what is remembered about the keys of an account, after they may have changed */
  forgetAccount(accountId: number): void
  /** keys used since the last call: what `last_used_at` is written from */
  takeUses(): KeyUse[]
}

export function makeAuth(parts: AuthParts): Auth {
  const known = makeKnownKeys(parts.findPrincipal)
  const constraints = makeKeyConstraints()
  const uses = makeKeyUses()

  const identifyKey = async (key: string, from: KeyClient): Promise<KeyPrincipal> => {
    const now = Date.now()
    const entry = known.get(key, now)
    const principal = entry.principal ?? (await entry.asked)
    if (!principal || !isStillGood(principal, now)) throw unauthorized()
    uses.note(principal, from, now)
    if (!entry.isConstrained) return principal
    return constraints.narrow(principal, { remoteAddress: from.address, referer: from.referer ?? null })
  }

  return {
    identifyKey,
    constraints,
    noteUse: (principal, from) => uses.note(principal, from, Date.now()),
    async identify(request, query, protocol = 'http') {
      const key = keyOf(request, query['key'])
      if (key !== null) {
        return { principal: await identifyKey(key, clientOf(request, protocol)), provenAt: 0 }
      }
      const cookies = request.headers.cookie
      const signedIn = cookies === undefined ? null : await parts.findSession(cookies)
      if (!signedIn) return null
      requireSameOrigin(request, parts.origin())
      return signedIn
    },
    refuseOtherSites(request) {
      const isFromBrowser = request.headers['sec-fetch-site'] !== undefined || request.headers.origin !== undefined
      if (isFromBrowser) requireSameOrigin(request, parts.origin())
    },
    forgetAccount: known.forgetAccount,
    takeUses: uses.take,
  }
}

function isStillGood({ expiresAt, previousUntil }: KeyPrincipal, now: number): boolean {
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return false
  return previousUntil === undefined || Date.parse(previousUntil) > now
}

function clientOf({ socket, headers }: ApiRequest, protocol: string): KeyClient {
  const address = socket.remoteAddress ?? ''
  const { referer, 'user-agent': client } = headers
  // only a browser has pages
  if (protocol !== 'http') return { address, client, protocol }
  return { address, client, protocol, referer }
}

/** @throws {SluiceError} `unauthorized` when the request names two different keys: which one counts must not depend on us */
function keyOf({ headers }: ApiRequest, queryKey: string | undefined): string | null {
  const given = headers['x-apikey'] ?? headers['x-pachubeapikey'] ?? headers['x-cosmapikey']
  if (typeof given === 'string' && headers.authorization === undefined && queryKey === undefined) {
    const others = (headers['x-pachubeapikey'] ?? given) === given && (headers['x-cosmapikey'] ?? given) === given
    if (!others) throw unauthorized()
    return given.trim()
  }
  const keys = shownKeys((name) => headers[name], queryKey)
  if (keys.size > 1) throw unauthorized()
  const [key] = keys
  return key ?? null
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a request that another site made a browser send: by `Sec-Fetch-Site`, or by `Origin` where a browser does not
 * send that. A body must be declared as JSON, which a form cannot.
 * @throws {SluiceError} `forbidden`
 */
function requireSameOrigin(request: ApiRequest, origin: string): void {
  if (SAFE.has(request.method ?? '')) return
  const site = request.headers['sec-fetch-site']
  const isOurs = site === undefined ? isSameOrigin(request, origin) : site === 'same-origin' || site === 'none'
  if (!isOurs) throw forbidden('This request comes from another site')
  const length = request.headers['content-length']
  const hasBody = (length !== undefined && length !== '0') || request.headers['transfer-encoding'] !== undefined
  if (hasBody && !/^application\/json\s*(;|$)/i.test(contentTypeOf(request))) {
    throw forbidden('A request with a session must declare its body as application/json')
  }
}

/** As it came: the application hides the parsed header from Fastify. */
function contentTypeOf({ rawHeaders }: ApiRequest): string {
  const index = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  return index < 0 ? '' : (rawHeaders[index + 1] ?? '')
}

/** The public URL may be reached under another name too (a port forwarded, localhost for 127.0.0.1): then Host decides. */
function isSameOrigin(request: ApiRequest, origin: string): boolean {
  const given = request.headers.origin
  if (given === undefined) return false
  return given === origin || (request.headers.host !== undefined && given === `http://${request.headers.host}`)
}
