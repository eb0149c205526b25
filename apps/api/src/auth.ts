import { isWellFormedKey } from '@sluice/model'
import type { KeyPrincipal, Micros, OwnerPrincipal, Principal } from '@sluice/model'
import type { ApiRequest } from './exchange.ts'
import { forbidden, unauthorized } from './problem.ts'

const PRINCIPALS_MAX = 10_000
/** How long a deleted or changed key may go on working on another node. */
const PRINCIPAL_MS_MAX = 5_000

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
   * @throws {SluiceError} `unauthorized` for an unknown, expired or malformed key and for two different ones;
   * `forbidden` for a cookie on an unsafe request of another site
   */
  identify(request: ApiRequest, query: Readonly<Record<string, string>>): Promise<Identity | null>
  /**
   * Whose key this is, looked up again at most every few seconds; the use is noted.
   * @throws {SluiceError} `unauthorized` for an unknown, expired or malformed key
   */
  identifyKey(key: string, address: string): Promise<KeyPrincipal>
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
/** `at` in microseconds since 1970 */
export type KeyUse = { keyId: number; at: Micros; address: string }

export function makeAuth(parts: AuthParts): Auth {
  const known = new Map<string, Known>()
  const uses = new Map<number, KeyUse>()

  const lookUp = async (key: string, entry: Known): Promise<KeyPrincipal | null> => {
    try {
      entry.principal = await parts.findPrincipal(key)
      return entry.principal
    } finally {
      // a failure or an unknown key is not remembered: both may be mended the next moment
      if (!entry.principal && known.get(key) === entry) known.delete(key)
    }
  }
  /** Requests that arrive during a look-up wait for the same one. */
  const findKey = async (key: string, now: number): Promise<KeyPrincipal> => {
    if (!isWellFormedKey(key)) throw unauthorized()
    let entry = known.get(key)
    if (!entry || entry.until < now) {
      entry = { principal: null, asked: Promise.resolve(null), until: now + PRINCIPAL_MS_MAX }
      remember(known, key, entry)
      entry.asked = lookUp(key, entry)
    }
    const principal = entry.principal ?? (await entry.asked)
    if (!principal) throw unauthorized()
    if (principal.expiresAt !== null && Date.parse(principal.expiresAt) <= now) throw unauthorized()
    return principal
  }

  const identifyKey = async (key: string, address: string): Promise<KeyPrincipal> => {
    const now = Date.now()
    const principal = await findKey(key, now)
    noteUse(uses, { keyId: principal.keyId, at: now * 1000, address })
    return principal
  }

  return {
    identifyKey,
    async identify(request, query) {
      const key = keyOf(request, query['key'])
      if (key !== null) {
        return { principal: await identifyKey(key, request.socket.remoteAddress ?? ''), provenAt: 0 }
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
    forgetAccount(accountId) {
      for (const [key, entry] of known) if (entry.principal?.accountId === accountId) known.delete(key)
    },
    takeUses() {
      const taken = [...uses.values()]
      uses.clear()
      return taken
    },
  }
}

/** `principal` once the look-up has answered. */
type Known = { principal: KeyPrincipal | null; asked: Promise<KeyPrincipal | null>; until: number }

function remember(known: Map<string, Known>, key: string, entry: Known): void {
  known.delete(key)
  known.set(key, entry)
  if (known.size > PRINCIPALS_MAX) {
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }
}

function noteUse(uses: Map<number, KeyUse>, { keyId, at, address }: KeyUse): void {
  const use = uses.get(keyId)
  if (!use) uses.set(keyId, { keyId, at, address })
  else if (use.at < at) Object.assign(use, { at, address })
}

/** @throws {SluiceError} `unauthorized` when the request names two different keys: which one counts must not depend on us */
function keyOf(request: ApiRequest, queryKey: string | undefined): string | null {
  const { headers } = request
  const given = headers['x-apikey'] ?? headers['x-pachubeapikey'] ?? headers['x-cosmapikey']
  const { authorization } = headers
  if (typeof given === 'string' && authorization === undefined && queryKey === undefined) {
    const others = (headers['x-pachubeapikey'] ?? given) === given && (headers['x-cosmapikey'] ?? given) === given
    if (!others) throw unauthorized()
    return given.trim()
  }
  const keys = new Set<string>()
  for (const name of ['x-apikey', 'x-pachubeapikey', 'x-cosmapikey']) {
    const value = headers[name]
    if (typeof value === 'string') keys.add(value.trim())
  }
  if (queryKey !== undefined) keys.add(queryKey.trim())
  const fromAuthorization = authorization === undefined ? null : keyInAuthorization(authorization)
  if (fromAuthorization !== null) keys.add(fromAuthorization)
  if (keys.size > 1) throw unauthorized()
  const [key] = keys
  return key ?? null
}

function keyInAuthorization(text: string): string | null {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(text) ?? []
  if (scheme.toLowerCase() === 'bearer') return rest
  if (scheme.toLowerCase() !== 'basic') return null
  return Buffer.from(rest, 'base64').toString('latin1').split(':', 1)[0] ?? null
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
