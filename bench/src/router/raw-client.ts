import { connect } from 'node:net'
import type { Socket } from 'node:net'

const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n'
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const OUT_BYTES = 2 ** 20

/** What comes in: the bytes of one text message, valid during the call only. */
export type OnText = (bytes: Buffer, start: number, end: number) => void

/**
 * A WAMP client that is as little as can be, so that the machine's time goes to the router: WebSocket frames by hand,
 * masked with the key 0, which changes nothing; what is sent waits for `flush`.
 */
export class RawClient {
  onText: OnText
  readonly #socket: Socket
  readonly #inbox: unknown[][] = []
  #wake: () => void = () => undefined
  #rest: Buffer | null = null
  #out: Buffer | null = null
  #outEnd = 0
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.onText = (bytes, start, end) => {
      this.#inbox.push(JSON.parse(bytes.toString('utf8', start, end)) as unknown[])
      this.#wake()
    }
  }

  /** Connects and joins `realm1` as anonymous. */
  static async join(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('data', (answer) => {
        const end = answer.indexOf('\r\n\r\n') + 4
        if (!answer.toString('latin1', 0, 12).endsWith('101') || end < 4)
          return reject(new Error(`the upgrade was answered ${answer.toString('latin1', 0, 200)}`))
        socket.on('data', (chunk) => client.#read(chunk))
        socket.on('close', () => client.#ended())
        // a ping may be there already
        client.#read(answer.subarray(end))
        return resolve()
      })
      socket.write(HANDSHAKE)
    })
    const roles = { caller: {}, callee: {}, publisher: {}, subscriber: {} }
    await client.ask([1, 'realm1', { roles }], 2)
    return client
  }

  /** Called when the router ends the connection, which no load provokes. */
  #ended(): void {
    if (!this.#isClosed) throw new Error('the router closed a connection')
  }

  close(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }

  /** Sends a request and waits for its answer. @throws {Error} the answer is not of `type` */
  async ask(message: unknown[], type: number): Promise<unknown[]> {
    this.send(JSON.stringify(message))
    this.flush()
    const answer = await this.next()
    if (answer[0] !== type) throw new Error(`${JSON.stringify(message)} was answered ${JSON.stringify(answer)}`)
    return answer
  }

  /** The next message, as long as `onText` is the original one. */
  async next(): Promise<unknown[]> {
    for (;;) {
      const message = this.#inbox.shift()
      if (message) return message
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** @param text ASCII, up to 64 KiB */
  send(text: string): void {
    const { length } = text
    this.#out ??= Buffer.allocUnsafeSlow(OUT_BYTES)
    if (this.#outEnd + length + 8 > OUT_BYTES) this.flush()
    const out = this.#out
    let at = this.#outEnd
    out[at] = 0x81
    if (length < 126) out[at + 1] = 0x80 | length
    else {
      out[at + 1] = 0x80 | 126
      out.writeUInt16BE(length, at + 2)
      at += 2
    }
    out.fill(0, at + 2, at + 6)
    out.write(text, at + 6, 'latin1')
    this.#outEnd = at + 6 + length
  }

  flush(): void {
    if (this.#outEnd === 0 || !this.#out) return
    this.#socket.write(Buffer.from(this.#out.subarray(0, this.#outEnd)))
    this.#outEnd = 0
  }

  /** Gives up the send buffer, which many idle clients would not have room for. */
  trim(): void {
    this.#out = null
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1] ?? 0
      const start = short < 126 ? at + 2 : at + 4
      if (start > bytes.length) break
      const end = start + (short < 126 ? short : bytes.readUInt16BE(at + 2))
      if (short > 126) throw new Error('a frame of more than 64 KiB, or masked')
      if (end > bytes.length) break
      const opcode = bytes[at]
      if (opcode === 0x81) this.onText(bytes, start, end)
      else if (opcode === 0x89) this.#socket.write(PONG)
      else throw new Error(`the router sent a frame ${opcode}: ${bytes.toString('latin1', start, end)}`)
      at = end
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null
  }
}

/** The id in the second place of a message. */
export function idOf(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(0x2c, start) + 1
  let id = 0
  for (let c = bytes[at] ?? 0; c >= 0x30 && c <= 0x39; c = bytes[at] ?? 0) {
    id = id * 10 + c - 0x30
    at += 1
  }
  return id
}
