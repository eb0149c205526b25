import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** An answer as it came over the wire: its head taken apart, nothing interpreted. */
export type WireAnswer = {
  status: number
  reason: string
  /** in order, as they were written */
  headers: readonly (readonly [name: string, value: string])[]
  /** value of a header by its name in lower case, '' where there is none */
  header(name: string): string
  body: string
  /** how many bytes the head had, with the blank line behind it */
  headBytes: number
}

/** Longer than any answer takes on a busy machine; a client of theirs waited less. */
const PATIENCE_MS = 20_000
const CRLF2 = '\r\n\r\n'

/**
 * The bytes of a request: `{KEY}`, `{FEED}` and whatever `values` names are filled in, `{LENGTH}` with the body's length
 * in bytes. Line ends are those of the template.
 * @throws {Error} a placeholder without a value
 */
export function bytesOf(head: string, values: Readonly<Record<string, string | number>>, body = ''): Buffer {
  const all: Record<string, string | number> = { LENGTH: Buffer.byteLength(body), ...values }
  const filled = head.replaceAll(/\{([A-Z]+)\}/g, (_all, name: string) => {
    const value = all[name]
    if (value === undefined) throw new Error(`no value for {${name}}`)
    return String(value)
  })
  return Buffer.from(filled + body, 'utf8')
}

/** A head with the usual line ends, from its lines. */
export const headOf = (...lines: readonly string[]): string => lines.join('\r\n') + CRLF2

/** Reads an answer's head. @throws {Error} one that is not HTTP/1.1 */
export function parseAnswer(bytes: Buffer): WireAnswer {
  const end = bytes.indexOf(CRLF2)
  if (end < 0) throw new Error(`no whole head in ${JSON.stringify(bytes.toString('latin1'))}`)
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, status, reason = ''] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine) ?? []
  if (status === undefined) throw new Error(`${JSON.stringify(statusLine)} is no status line`)
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    if (colon < 1) throw new Error(`${JSON.stringify(line)} is no header`)
    return [line.slice(0, colon), line.slice(colon + 2)] as const
  })
  const header = (name: string): string => headers.find(([known]) => known.toLowerCase() === name)?.[1] ?? ''
  const headBytes = end + CRLF2.length
  return { status: Number(status), reason, headers, header, body: bytes.toString('utf8', headBytes), headBytes }
}

/** A connection that a client keeps for several requests. */
export type Line = Disposable & {
  /**
   * Sends a request and reads its answer by `Content-Length`.
   * @param how `isBodiless`: the answer to HEAD has a length and no body; `isInterim`: it waits for `100 Continue`
   * @throws {Error} no length, a transfer coding, bytes behind the body, a connection that ends too early
   */
  ask(bytes: Buffer, how?: Awaited): Promise<WireAnswer>
}
type Awaited = { isBodiless?: boolean; isInterim?: boolean }

export function dial(port: number): Line {
  const socket = patient(port)
  let seen = Buffer.alloc(0)
  let wake: () => void = () => {}
  let ended: Error | null = null
  socket.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    wake()
  })
  const end = (error?: Error | boolean): void => {
    ended ??= error instanceof Error ? error : new Error('the server closed the connection')
    wake()
  }
  socket.on('error', end).on('close', end)
  return {
    async ask(bytes, how = {}) {
      if (seen.length > 0) throw new Error(`${seen.length} bytes too many behind the answer before`)
      socket.write(bytes)
      for (;;) {
        const answer = counted(seen, how)
        if (answer) {
          seen = seen.subarray(answer.end)
          return answer
        }
        if (ended) throw ended
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** One request on a connection of its own, read by its length: most libraries. */
export async function ask(port: number, bytes: Buffer): Promise<WireAnswer> {
  using line = dial(port)
  return await line.ask(bytes)
}

/** The answer once all of it is there, and where it ends. */
function counted(bytes: Buffer, how: Awaited, skipped = 0): (WireAnswer & { end: number }) | null {
  if (!bytes.includes(CRLF2, skipped)) return null
  const answer = parseAnswer(bytes.subarray(skipped))
  const bodyAt = skipped + answer.headBytes
  // an interim answer, of which most clients take no notice
  if (answer.status === 100 && how.isInterim !== true) return counted(bytes, how, bodyAt)
  if (answer.header('transfer-encoding') !== '') throw new Error('the answer has a transfer coding')
  if (how.isBodiless || answer.status === 304 || answer.status === 100) return { ...answer, body: '', end: bodyAt }
  const length = /^\d+$/.exec(answer.header('content-length'))?.[0]
  if (length === undefined) throw new Error('the answer has no Content-Length')
  const end = bodyAt + Number(length)
  return bytes.length < end ? null : { ...answer, body: bytes.toString('utf8', bodyAt, end), end }
}

/**
 * One request, read until the server closes the connection: Arduino's libraries and sketches, which know no length.
 * @throws {Error} an answer whose length is not that of what came
 */
export async function askUntilClose(port: number, bytes: Buffer): Promise<WireAnswer> {
  const answer = parseAnswer(await rawUntilClose(port, bytes))
  if (answer.header('transfer-encoding') !== '') throw new Error('the answer has a transfer coding')
  if (Number(answer.header('content-length')) !== Buffer.byteLength(answer.body)) throw new Error('the length is wrong')
  return answer
}

/** All bytes that come until the server closes. */
export function rawUntilClose(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = patient(port)
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.on('error', reject).on('close', () => resolve(Buffer.concat(chunks)))
    socket.write(bytes)
  })
}

/** What libxively can hold of an answer (`xi_consts.h`, and one read of the size of its buffer). */
const LIBXIVELY = { bytes: 512, headers: 15, nameChars: 63, valueChars: 63, reasonChars: 31 } as const

/**
 * One request as libxively reads its answer: a single read of at most 512 bytes, head and body together, of what came
 * first; and no header that its fields cannot hold. What does not fit there it loses in silence, here it throws.
 */
export function askOnce(port: number, bytes: Buffer): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = patient(port)
    socket.once('data', (chunk: Buffer) => {
      socket.destroy()
      try {
        resolve(fitting(chunk.subarray(0, LIBXIVELY.bytes)))
      } catch (error) {
        reject(error)
      }
    })
    socket.on('error', reject).on('close', () => reject(new Error('the server closed without an answer')))
    socket.write(bytes)
  })
}

function fitting(bytes: Buffer): WireAnswer {
  const answer = parseAnswer(bytes)
  const { headers, reason } = answer
  if (reason.length > LIBXIVELY.reasonChars) throw new Error(`the reason ${reason} is too long`)
  if (headers.length > LIBXIVELY.headers) throw new Error(`${headers.length} headers are too many`)
  for (const [name, value] of headers) {
    if (name.length > LIBXIVELY.nameChars || value.length > LIBXIVELY.valueChars) {
      throw new Error(`the header ${name}: ${value} is too long`)
    }
  }
  const missing = Number(answer.header('content-length')) - (bytes.length - answer.headBytes)
  if (missing !== 0) throw new Error(`${missing} bytes of the body are not in the first ${LIBXIVELY.bytes} bytes`)
  return answer
}

function patient(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)))
  return socket
}
