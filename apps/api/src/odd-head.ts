import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

/** A head that was made strict, and how many bytes of body may follow it. */
export type StrictHead = { head: Buffer; bodyBytes: number }

const REQUEST_LINE = /^[A-Z]{3,16} [\x21-\x7e]{1,8192} HTTP\/1\.[01]$/
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/
/** These speak about the connection, which is ours to decide. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'te',
  'trailer',
  'http2-settings',
])

/**
 * Rewrites the head of an old client to what HTTP/1.1 demands: CRLF line ends, `User-Agent` for Xively4J's `User
 * Agent`, and `Connection: close`. Everything that could mean two different things to two readers is refused: a
 * transfer coding, two lengths, folded lines, other control characters.
 * @param text the head including its blank line, as latin1
 * @returns null when it is refused
 */
export function makeStrict(text: string): StrictHead | null {
  const [requestLine = '', ...lines] = text.split(/\r?\n/).slice(0, -2)
  if (!REQUEST_LINE.test(requestLine)) return null
  const out = [requestLine]
  let bodyBytes: number | null = null
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line.replace(/^user agent[ \t]*:/i, 'User-Agent:')) ?? []
    if (name === undefined || value === undefined) return null
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding') return null
    if (lower === 'content-length') {
      if (bodyBytes !== null || !/^\d{1,12}$/.test(value.trimEnd())) return null
      bodyBytes = Number(value)
    }
    if (!HOP_BY_HOP.has(lower)) out.push(`${name}: ${value}`)
  }
  out.push('Connection: close', '', '')
  return { head: Buffer.from(out.join('\r\n'), 'latin1'), bodyBytes: bodyBytes ?? 0 }
}

/**
 * A connection that carries exactly one request: the given head, then so many bytes of the socket as its length says.
 * What lies behind is thrown away, so that nothing can hide there as a second request.
 */
export function oneRequest(socket: Socket, { head, bodyBytes }: StrictHead, early: Buffer): Duplex {
  let missing = bodyBytes
  const take = (chunk: Buffer): void => {
    if (missing === 0) return
    const part = chunk.length > missing ? chunk.subarray(0, missing) : chunk
    missing -= part.length
    if (!stream.push(part)) socket.pause()
  }
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    writev: (chunks, done) => {
      socket.cork()
      for (const { chunk, encoding } of chunks.slice(0, -1)) socket.write(chunk, encoding)
      const last = chunks.at(-1)
      if (last) socket.write(last.chunk, last.encoding, done)
      socket.uncork()
    },
    final: (done) => {
      socket.destroySoon()
      done()
    },
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  Object.assign(stream, { remoteAddress: socket.remoteAddress, remotePort: socket.remotePort })
  stream.push(head)
  take(early)
  socket.on('data', take)
  // a client that only closes its sending side still wants the answer, unless it owes a part of the body
  socket.on('end', () => missing > 0 && stream.push(null))
  socket.on('error', () => stream.destroy())
  socket.on('close', () => stream.destroy())
  return stream
}
