import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SluiceError } from '@sluice/model'
import type { Principal } from '@sluice/model'
import { EMPTY, makeRequestId } from './answer.ts'
import type { Reply } from './answer.ts'
import { HttpError } from './problem.ts'
import type { ResolvedFeed, RouteContext } from './route.ts'

const NO_BODY = Buffer.alloc(0)
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

export type ExchangeInput = {
  request: IncomingMessage
  response: ServerResponse
  params: unknown
  query: unknown
  body: unknown
  receivedAt: number
  publicUrl: string
}

/** One request and what is learned about it on its way; handlers see it as their context. */
export class Exchange implements RouteContext {
  readonly id = makeRequestId()
  readonly startedAt = performance.now()
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly receivedAt: number
  readonly publicUrl: string
  principal: Principal | null = null
  /** when a signed-in person last gave the password, ms since 1970 */
  provenAt = 0
  feed: ResolvedFeed | null = null
  reply: Reply = EMPTY
  #gone: AbortController | null = null

  constructor(input: ExchangeInput) {
    this.request = input.request
    this.response = input.response
    this.params = (input.params as Record<string, string> | null) ?? NO_PARAMS
    this.query = input.query as Record<string, string>
    this.body = input.body instanceof Buffer ? input.body : NO_BODY
    this.receivedAt = input.receivedAt
    this.publicUrl = input.publicUrl
  }

  /** Path and query as routed: after `/api`, a trailing slash and an extension were ironed out. */
  get target(): string {
    return this.request.url ?? ''
  }

  get remoteAddress(): string {
    return this.request.socket.remoteAddress ?? ''
  }

  /** Path and query as the client wrote them. */
  get originalTarget(): string {
    // set by Fastify when a target is rewritten
    return (this.request as IncomingMessage & { originalUrl?: string }).originalUrl ?? this.target
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** Made when first asked for: most requests are answered before anybody could lose patience. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController()
      this.#gone = gone
      this.response.once('close', () => gone.abort())
    }
    return this.#gone.signal
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
