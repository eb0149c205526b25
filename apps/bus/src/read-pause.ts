/** Reading resumes when less than this waits to be sent. */
const LOW_WATER_BYTES = 512 * 1024
const PAUSE_MS = 20

/** A transport whose peer can be left unread. */
export interface Readable {
  readonly bufferedBytes: number
  whenDrained(run: () => void): void
  stopReading(): void
  startReading(): void
}

/** Stops reading from a peer for a time, and until it has taken what was sent to it. */
export class ReadPause {
  readonly #peer: Readable
  #timer: NodeJS.Timeout | null = null
  #until = 0
  #isPaused = false

  constructor(peer: Readable) {
    this.#peer = peer
  }

  begin(ms = PAUSE_MS): void {
    this.#until = Math.max(this.#until, Date.now() + ms)
    if (this.#isPaused) return
    this.#isPaused = true
    this.#peer.stopReading()
    this.#wait(ms)
  }

  /** Forgets the pause; the caller sees to the reading. */
  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
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
      this.#isPaused = false
      this.#peer.startReading()
    }
  }
}
