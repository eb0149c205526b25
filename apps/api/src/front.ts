import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { makeStrict, oneRequest } from './odd-head.ts'

/** First octet of a WAMP RawSocket connection; no HTTP request begins with it. */
const RAW_SOCKET = 0x7f
const HEAD_END = /\n\r?\n/
const BARE_LF = /(?:^|[^\r])\n/
const BLANK_IN_NAME = /\nuser agent[ \t]*:/i

export type FrontOptions = {
  /** how long a connection may take to say what it is */
  headTimeoutMs: number
  headBytesMax: number
}

/** Emitted by the server, with the socket and what was read of it, for a connection that begins with the octet 0x7F. */
export const RAW_SOCKET_EVENT = 'rawSocket'

/**
 * Makes an HTTP server's port the universal port: looks at the first bytes of each connection and only then lets
 * Node's HTTP parser have it. A usual head goes on untouched; an odd one of an old client (bare LF, `User Agent`, both
 * in the wild) is made strict first and its connection carries that one request. So Node's parser stays in its strict
 * mode: `insecureHTTPParser` would let requests be smuggled past it. RawSocket connections are emitted as an event of the
 * server, as upgrades are; where nobody listens for them they are closed.
 */
export function guardFront(server: Server, options: FrontOptions): Front {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  const serve = (socket: Duplex): void => {
    for (const listener of listeners) listener.call(server, socket)
  }
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    const spoke = (): void => {
      silent.delete(socket)
      socket.off('close', spoke)
    }
    socket.on('close', spoke)
    look(socket, options, {
      serve(stream) {
        spoke()
        serve(stream)
      },
      serveRaw(first) {
        spoke()
        if (!server.emit(RAW_SOCKET_EVENT, socket, first)) socket.destroy()
      },
    })
  })
  return {
    closeSilent: () => {
      for (const socket of silent) socket.destroy()
    },
  }
}

export type Front = {
  /** ends the connections that have not sent a whole head yet; Node's server does not know of them */
  closeSilent(): void
}

/** Who takes a connection once it is known what it speaks. */
type Speakers = { serve(stream: Duplex): void; serveRaw(first: Buffer): void }

function look(socket: Socket, options: FrontOptions, { serve, serveRaw }: Speakers): void {
  let seen: Buffer = Buffer.alloc(0)
  const refuse = (status: string): void => {
    leave()
    if (seen.length === 0) socket.destroy()
    else socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () => socket.destroy())
  }
  const deadline = setTimeout(() => refuse('408 Request Timeout'), options.headTimeoutMs)
  const onReadable = (): void => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    if (seen[0] === RAW_SOCKET) {
      leave()
      serveRaw(seen)
      return
    }
    const verdict = judge(seen, seen.length >= options.headBytesMax)
    if (verdict === 'incomplete') return
    leave()
    if (verdict === 'usual') {
      socket.unshift(seen)
      serve(socket)
      return
    }
    const strict = makeStrict(verdict.head)
    if (strict) serve(oneRequest(socket, strict, seen.subarray(verdict.head.length + verdict.skipped)))
    else refuse('400 Bad Request')
  }
  const onEnd = (): void => refuse('400 Bad Request')
  const leave = (): void => {
    clearTimeout(deadline)
    socket.off('readable', onReadable).off('end', onEnd).off('close', leave)
  }
  socket.on('readable', onReadable).on('end', onEnd).on('error', ignore).on('close', leave)
}

/** Stays: a reset connection reports an error, and one that nobody listens for would end the process. */
function ignore(): void {}

type Verdict = 'incomplete' | 'usual' | { head: string; skipped: number }

/** Blank lines before the request line are skipped (RFC 9112 §2.2): old clients send one after a body. */
function judge(bytes: Buffer, isFull: boolean): Verdict {
  let skipped = 0
  while (bytes[skipped] === 0x0d || bytes[skipped] === 0x0a) skipped++
  const text = bytes.toString('latin1', skipped)
  const end = HEAD_END.exec(text)
  if (!end) return isFull ? 'usual' : 'incomplete'
  const head = text.slice(0, end.index + end[0].length)
  return BARE_LF.test(head) || BLANK_IN_NAME.test(head) ? { head, skipped } : 'usual'
}
