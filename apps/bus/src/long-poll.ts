import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type LongPollTimes, LongPollTransport } from './long-poll-transport.ts'
import { readBody } from './request-body.ts'
import { chooseSubprotocol, isOriginAllowed } from './upgrade.ts'
import type { Writer } from './writer.ts'

const OPEN_BYTES_MAX = 4096
const PATH = /^\/wamp\/(?:(open)|([\w-]{32})\/(receive|send|close))\/?(?:\?.*)?$/
/** 192 bits: whoever knows the id has the session. */
const ID_BYTES = 24

export interface LongPollHost {
  readonly writer: Writer
  readonly times: LongPollTimes
  readonly messageBytesMax: number
  readonly allowedOrigins: readonly string[]
  /** Whether one more may come from this address. */
  hasRoom(address: string | undefined): boolean
  /** Takes a transport on; called in the turn in which it was made. @returns what forgets it */
  attach(transport: LongPollTransport, request: IncomingMessage): () => void
  refused(): void
}

/**
 * WAMP over plain HTTP, below `/wamp/` (Advanced Profile, "HTTP Longpoll Transport"): POST `open`, then `<id>/receive`,
 * `<id>/send` and `<id>/close`. What there is nothing to say to is answered 204.
 */
export class LongPoll {
  readonly #host: LongPollHost
  readonly #transports = new Map<string, LongPollTransport>()

  constructor(host: LongPollHost) {
    this.#host = host
  }

  /** @returns false, with nothing read, if the request is for somebody else */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url === undefined || !request.url.startsWith('/wamp/')) return false
    response.on('error', () => {}) // the peer may be gone already
    if (!this.#admit(request, response)) return true
    const [, open, id = '', verb] = PATH.exec(request.url) ?? []
    const transport = this.#transports.get(id)
    if (open !== undefined) this.#open(request, response)
    // Autobahn|JS waits for ever for its `close` to succeed, which often comes just after we closed
    else if (transport === undefined && verb === 'close') drop(request, () => response.writeHead(204).end())
    else if (transport === undefined) refuse(response, 404)
    else if (verb === 'receive') drop(request, () => transport.poll(response))
    else if (verb === 'send') this.#send(transport, request, response)
    else
      drop(request, () => {
        transport.terminate()
        response.writeHead(204).end()
      })
    return true
  }

  /** Sees to origin, preflight and method. @returns whether the request goes on */
  #admit(request: IncomingMessage, response: ServerResponse): boolean {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    const { origin } = request.headers
    if (!isOriginAllowed(request, this.#host.allowedOrigins)) {
      refuse(response, 403)
      return false
    }
    if (origin !== undefined) response.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin')
    if (request.method === 'POST') return true
    response.setHeader('allow', 'POST, OPTIONS')
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'POST')
      response.setHeader('access-control-allow-headers', 'content-type')
      response.setHeader('access-control-max-age', '600')
      response.writeHead(204).end()
    } else refuse(response, 405)
    return false
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    readBody(request, OPEN_BYTES_MAX, (body) => {
      if (body === null) return refuse(response, 413)
      const protocol = chooseSubprotocol(offeredIn(body))
      const encoder = protocol === null ? null : this.#host.writer.encoder(protocol, 'none')
      if (protocol === null || encoder === null) return this.#refuseOpening(response, 400)
      if (!this.#host.hasRoom(request.socket.remoteAddress)) return this.#refuseOpening(response, 503)
      const { writer, times } = this.#host
      const id = randomBytes(ID_BYTES).toString('base64url')
      const onEnd = (): void => {
        this.#transports.delete(id)
        forget()
      }
      const transport = new LongPollTransport({ writer, encoder, times, onEnd })
      this.#transports.set(id, transport)
      const forget = this.#host.attach(transport, request)
      const answer = JSON.stringify({ protocol, transport: id })
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
    })
  }

  #refuseOpening(response: ServerResponse, status: number): void {
    this.#host.refused()
    refuse(response, status)
  }

  #send(transport: LongPollTransport, request: IncomingMessage, response: ServerResponse): void {
    const arrived = transport.reserve(response)
    if (arrived === null) return refuse(response, 429)
    readBody(request, this.#host.messageBytesMax, (body) => {
      if (body === null) refuse(response, 413)
      arrived(body)
    })
  }
}

/** A request whose body means nothing. */
function drop(request: IncomingMessage, then: () => void): void {
  request.resume()
  then()
}

/** The connection is not used again: what is left of the request's body may be long. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close', 'content-length': 0 }).end()
}

function offeredIn(body: Buffer): string[] {
  try {
    const wish: unknown = JSON.parse(body.toString())
    const { protocols } = (wish ?? {}) as { protocols?: unknown }
    return Array.isArray(protocols) ? protocols.filter((name) => typeof name === 'string') : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
