import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { bodyFormat } from '@sluice/formats'
import type { Body } from '@sluice/formats'
import { SluiceError } from '@sluice/model'
import type { ApiVersion, ErrorDocument, Format, Principal, TextFormat } from '@sluice/model'
import { EMPTY, makeRequestId } from './answer.ts'
import type { Reply } from './answer.ts'
import { bodyText } from './body-text.ts'
import type { Protocol } from './metrics.ts'
import { HttpError } from './problem.ts'
import type { RateState } from './rate-limit.ts'
import type { Once, ResolvedFeed, Route, RouteContext } from './route.ts'
import { acceptedFormat } from './target.ts'

const NO_BODY = Buffer.alloc(0)
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/** A request, whatever it came over: one of HTTP is Node's own, others are made to look like it. */
export type ApiRequest = {
  method?: string | undefined
  /** path and query as routed */
  url?: string | undefined
  /** path and query as the client wrote them, where that is something else */
  originalUrl?: string
  headers: IncomingHttpHeaders
  rawHeaders: readonly string[]
  socket: { remoteAddress?: string | undefined }
}

export type ExchangeInput = {
  request: ApiRequest
  /** null for requests that came over something else than HTTP */
  response: ServerResponse | null
  protocol: Protocol
  params: unknown
  query: unknown
  body: unknown
  receivedAt: number
  publicUrl: string
  /** what the extension of the address asks for */
  extension: Format | null
  version: ApiVersion
}

/** Until `perform` sets another. */
const UNSET: Once = {
  make: () => Promise.reject(new TypeError('nothing can be made before it is known who asks')),
  unmake: () => Promise.reject(new TypeError('nothing was made')),
}

/** One request and what is learned about it on its way; handlers see it as their context. */
export class Exchange implements RouteContext {
  readonly id = makeRequestId()
  readonly startedAt = performance.now()
  readonly request: ApiRequest
  readonly response: ServerResponse | null
  readonly protocol: Protocol
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly publicUrl: string
  readonly extension: Format | null
  readonly version: ApiVersion
  receivedAt: number
  principal: Principal | null = null
  /** when a signed-in person last gave the password, ms since 1970 */
  provenAt = 0
  feed: ResolvedFeed | null = null
  once: Once = UNSET
  /** how much of the key's rate is left, null where none is counted */
  rate: RateState | null = null
  /** what the route can be asked for in; its first is what it gives unless asked */
  formats: readonly Format[] = ['json']
  /** stands for method and address in the request log */
  loggedAs: { method: string; path: string } | null = null
  reply: Reply = EMPTY
  /** what the reply says of a refusal or a fault, in whatever format; null for an answer */
  problem: ErrorDocument | null = null
  #gone: AbortController | null = null

  constructor(input: ExchangeInput) {
    this.request = input.request
    this.response = input.response
    this.protocol = input.protocol
    this.params = (input.params as Record<string, string> | null) ?? NO_PARAMS
    this.query = input.query as Record<string, string>
    this.body = input.body instanceof Buffer ? input.body : NO_BODY
    this.receivedAt = input.receivedAt
    this.publicUrl = input.publicUrl
    this.extension = input.extension
    this.version = input.version
  }

  /** Path and query as routed: after `/api`, a trailing slash and an extension were ironed out. */
  get target(): string {
    return this.request.url ?? ''
  }

  get method(): string {
    return this.request.method ?? ''
  }

  get remoteAddress(): string {
    return this.request.socket.remoteAddress ?? ''
  }

  get referer(): string | null {
    return this.protocol === 'http' ? (this.header('referer') ?? null) : null
  }

  /** Path and query as the client wrote them. */
  get originalTarget(): string {
    return this.request.originalUrl ?? this.target
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /**
   * The format of the answer (API v2, "Data formats"): extension, then `Accept`, then JSON, or XML in the older layout.
   * What only `Accept` asks for and the resource does not have is no reason to refuse.
   */
  get format(): Format {
    if (this.extension !== null) return this.extension
    const accepted = acceptedFormat(this.request.headers.accept)
    if (accepted !== null && this.formats.includes(accepted)) return accepted
    return this.version === 'v1' && this.formats.includes('xml') ? 'xml' : 'json'
  }

  /**
   * The body as text, in the format that it is to be read in.
   * @throws {HttpError} 406 for a format that the route does not take
   */
  readBody(): Body {
    const text = bodyText(this.body)
    const accepted = acceptedFormat(this.request.headers.accept)
    const format = bodyFormat(text, { extension: textFormat(this.extension), accept: textFormat(accepted) })
    if (!this.formats.includes(format)) throw notAcceptable(format, this.formats)
    return { text, format, version: this.version }
  }

  /** Made when first asked for: most requests are answered before anybody could lose patience. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController()
      this.#gone = gone
      this.response?.once('close', () => gone.abort())
    }
    return this.#gone.signal
  }

  /**
   * @throws {HttpError} 406: the extension names a format that the route does not have. A deletion has no document
   *   either way, so libxively's `DELETE ….csv` is served
   */
  requireFormat({ method, formats = ['json'] }: Route): void {
    this.formats = formats
    if (this.extension === null || method === 'DELETE' || formats.includes(this.extension)) return
    throw notAcceptable(this.extension, formats)
  }

  /**
   * @throws {SluiceError} `invalid` for a body that is not UTF-8: a replacement character would change a value in silence
   * @throws {HttpError} 415 for a compressed one: a megabyte could unpack to a gigabyte
   */
  requireReadableBody(): void {
    if (this.body.length === 0) return
    const encoding = this.request.headers['content-encoding']
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      throw new HttpError(415, 'Unsupported media type', 'Send the body without Content-Encoding')
    }
    if (!isUtf8(this.body)) throw new SluiceError('invalid', 'The body is not valid UTF-8')
  }
}

const textFormat = (format: Format | null): TextFormat | null => (format === 'png' ? null : format)

function notAcceptable(format: Format, formats: readonly Format[]): HttpError {
  const available = formats.map((known) => `.${known}`).join(', ')
  return new HttpError(406, 'Not Acceptable', `This resource is not available as ${format}; it is as ${available}`)
}
