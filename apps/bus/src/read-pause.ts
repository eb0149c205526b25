import type { Duplex } from 'node:stream'

/** Reading resumes when less than this waits to be sent. */
const LOW_WATER_BYTES = 512 * 1024
const PAUSE_MS = 20
/** A peer that is left unread cannot answer pings; it is cut off when the network takes nothing for so long. */
const STUCK_MS = 30_000

/** A transport whose peer can be left unread. */
export interface Readable {
  readonly bufferedBytes: number
  whenDrained(run: () => void): void
  stopReading(): void
  startReading(): void
  terminate(): void
}

/** What of a net.Socket watches that bytes go out: its idle timer, which also sees a long write advance. */
type Watched = { setTimeout?(ms: number, onIdle: () => void): void }

/** Stops reading from a peer for a time, and until it has taken what was sent to it. */
export class ReadPause {
  readonly #peer: Readable
  readonly #socket: Watched
  readonly #stuck = (): void => this.#peer.terminate()
  #timer: NodeJS.Timeout | null = null
  #until = 0
  #isPaused = false

  constructor(peer: Readable, socket: Duplex | null) {
    this.#peer = peer
    this.#socket = (socket ?? {}) as Watched
  }

  /** Whether the peer is left unread now, so that hearing nothing of it means nothing. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  begin(ms = PAUSE_MS): void {
    this.#until = Math.max(this.#until, Date.now() + ms)
    if (this.#isPaused) return
    this.#isPaused = true
    this.#peer.stopReading()
    this.#socket.setTimeout?.(STUCK_MS, this.#stuck)
    this.#wait(ms)
  }

  /** Forgets the pause; the caller sees to the reading. */
  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#isPaused) this.#socket.setTimeout?.(0, this.#stuck)
    this.#isPaused = false
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms)
  }

  #check(): void {
    this.#timer = null
    if (!this.#isPaused) return
    const left = this.#until - Date.now()
    if (left > 0) this.#wait(left)
    else if (this.#peer.bufferedBytes > LOW_WATER_BYTES) this.#peer.whenDrained(() => this.#check())
    else {
      this.cancel()
      this.#peer.startReading()
    }
  }
}
