import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { type Message, ProtocolError, type Transport, type TransportClose } from '@sluice/wamp'
import type { Peer } from './connections.ts'
import type { Encoder } from './encoder.ts'
import { Intake } from './intake.ts'
import { ReadPause } from './read-pause.ts'
import type { Batch, Writer } from './writer.ts'

/** How long a client may take to fetch what is left once we closed. */
const CLOSE_MS = 2000
/** One answer takes no further message beyond this. */
const ANSWER_BYTES_MAX = 256 * 1024
/** Requests with messages that wait for the ones before them. */
const SENDS_MAX = 64
const LOST = 1006

export interface LongPollTimes {
  /** How long a poll is held when there is nothing to tell. Autobahn|JS gives up after 12 s. */
  readonly pollMs: number
  /** How long a client may go without a poll. */
  readonly idleMs: number
}

/** One request with messages, in its place among those that came before and after it. */
interface Sending {
  readonly response: ServerResponse
  body: Buffer | null
}

/** A WAMP transport made of HTTP requests (Advanced Profile, "HTTP Longpoll Transport"). */
export class LongPollTransport implements Transport, Peer, Batch {
  isHeard = true
  readonly #encoder: Encoder
  readonly #writer: Writer
  readonly #times: LongPollTimes
  readonly #intake: Intake
  readonly #onEnd: () => void
  #poll: { readonly response: ServerResponse; readonly timer: NodeJS.Timeout } | null = null
  #queue: Buffer[] = []
  #queuedBytes = 0
  #sendings: Sending[] = []
  #pause: ReadPause | null = null
  #isPaused = false
  #isGathered = false
  #whenDrained: (() => void)[] = []
  #close: TransportClose | null = null
  #isClosed = false
  /** Runs out when nobody polls, or nobody fetches what is left. */
  #timer: NodeJS.Timeout

  /** @param parts `onEnd` is called once, when the transport is closed; `encoder` is of the framing `none` */
  constructor(parts: { writer: Writer; encoder: Encoder; times: LongPollTimes; onEnd(): void }) {
    this.#onEnd = () => parts.onEnd()
    this.#writer = parts.writer
    this.#encoder = parts.encoder
    this.#times = parts.times
    this.#intake = new Intake(parts.encoder.serializer)
    this.#timer = setTimeout(() => this.terminate(), parts.times.idleMs)
  }

  get bufferedBytes(): number {
    return this.#queuedBytes
  }

  get contentType(): string {
    return this.#encoder.serializer.isBinary ? 'application/octet-stream' : 'application/json; charset=utf-8'
  }

  send(message: Message): void {
    if (this.#close !== null) return
    const bytes = this.#encoder.encode(message)
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (this.#isGathered) return
    this.#isGathered = true
    this.#writer.gather(this)
  }

  onMessage(listener: (message: Message, bytes?: number) => void): void {
    this.#intake.onMessage = listener
  }

  onViolation(listener: (error: ProtocolError) => void): void {
    this.#intake.onViolation = listener
  }

  onClose(listener: (close: TransportClose) => void): void {
    this.#intake.onClose = listener
  }

  setReceiveLimit(bytes: number): void {
    this.#intake.receiveBytesMax = bytes
  }

  whenDrained(run: () => void): void {
    this.#whenDrained.push(run)
    if (this.#queue.length === 0) setImmediate(() => this.#drained())
  }

  get isUnread(): boolean {
    return this.#pause?.isPaused ?? false
  }

  pause(ms?: number): void {
    if (this.#close !== null) return
    this.#pause ??= new ReadPause(this, null)
    this.#pause.begin(ms)
  }

  stopReading(): void {
    this.#isPaused = true
  }

  startReading(): void {
    this.#isPaused = false
    this.#take()
  }

  close(code = 1000, reason = ''): void {
    if (this.#close !== null) return
    this.#close = { code, reason }
    this.#intake.isShut = true
    this.#pause?.cancel()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(), CLOSE_MS)
    this.startReading()
    this.flush()
  }

  /** A poll that is held is as good as an answer; one that does not come back runs into `idleMs`. */
  ping(): void {
    this.isHeard = true
  }

  terminate(): void {
    this.#close ??= { code: LOST, reason: '' }
    this.#end()
  }

  /** A request for messages: answered at once if there are any, else when there are, or empty after `pollMs`. */
  poll(response: ServerResponse): void {
    this.#answerEmpty() // of two polls the older gets nothing
    clearTimeout(this.#timer)
    const timer = setTimeout(() => this.#answerEmpty(), this.#times.pollMs)
    const poll = { response, timer }
    this.#poll = poll
    response.on('close', () => {
      if (this.#poll === poll) this.#letGo()
      else if (!response.writableFinished && response.statusCode === 200) this.terminate() // messages were lost
    })
    this.flush()
  }

  /** Takes a place for the messages of one request. @returns what is called with its body; null: too many wait */
  reserve(response: ServerResponse): ((body: Buffer | null) => void) | null {
    if (this.#sendings.length >= SENDS_MAX) return null
    const sending: Sending = { response, body: null }
    this.#sendings.push(sending)
    return (body) => {
      if (body === null) this.#sendings = this.#sendings.filter((other) => other !== sending)
      else sending.body = body
      this.#take()
    }
  }

  /** Answers the poll that is held with what waits: everything in a batch, else the first. */
  flush(): void {
    this.#isGathered = false
    if (this.#queue.length > 0 && this.#poll !== null) {
      const { response } = this.#poll
      const body = this.#next()
      this.#letGo()
      response.writeHead(200, { 'content-type': this.contentType, 'content-length': body.length })
      response.end(body)
      if (this.#queue.length === 0) this.#drained()
    }
    if (this.#close !== null && this.#queue.length === 0) this.#end()
  }

  #next(): Buffer {
    const countMax = this.#encoder.serializer.split === undefined ? 1 : this.#queue.length
    let count = 0
    let bytes = 0
    do {
      bytes += this.#queue[count]?.length ?? 0
      count += 1
    } while (count < countMax && bytes < ANSWER_BYTES_MAX)
    this.#queuedBytes -= bytes
    return Buffer.concat(this.#queue.splice(0, count))
  }

  #drained(): void {
    const due = this.#whenDrained
    this.#whenDrained = []
    if (this.#close === null) for (const run of due) run()
  }

  #answerEmpty(): void {
    if (this.#poll === null) return
    const { response } = this.#poll
    this.#letGo()
    response.writeHead(204).end()
  }

  /** The poll is no longer held: the next is due. */
  #letGo(): void {
    if (this.#poll === null) return
    clearTimeout(this.#poll.timer)
    this.#poll = null
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => this.terminate(), this.#close ? CLOSE_MS : this.#times.idleMs)
  }

  /** Takes bodies in the order in which their requests began. */
  #take(): void {
    for (;;) {
      const [sending] = this.#sendings
      if (sending === undefined || sending.body === null || this.#isPaused) return
      this.#sendings.shift()
      const { response, body } = sending
      const { isBinary } = this.#encoder.serializer
      if (isBinary) this.#intake.take(body, body.length)
      else if (isUtf8(body)) this.#intake.take(body.toString(), body.length)
      else this.#intake.violated(new ProtocolError('text that is not UTF-8'))
      response.writeHead(204).end()
    }
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue = []
    this.#queuedBytes = 0
    this.#whenDrained = []
    this.#pause?.cancel()
    this.startReading()
    this.#answerEmpty()
    clearTimeout(this.#timer)
    this.#onEnd()
    this.#intake.ended(this.#close ?? { code: LOST, reason: '' })
  }
}
