import type { Timers } from '../timers.ts'

/** A clock that a test moves. */
export class ManualTimers implements Timers {
  /** ms since the clock was made. */
  now = 0
  readonly #due = new Map<object, { at: number; run: () => void }>()

  setTimeout(run: () => void, ms: number): unknown {
    const handle = {}
    this.#due.set(handle, { at: this.now + ms, run })
    return handle
  }

  clearTimeout(handle: unknown): void {
    this.#due.delete(handle as object)
  }

  /** How many timers wait. */
  get size(): number {
    return this.#due.size
  }

  /** Moves the clock and runs what is due, in order. */
  advance(ms: number): void {
    this.now += ms
    const due = [...this.#due].filter(([, timer]) => timer.at <= this.now).sort(([, a], [, b]) => a.at - b.at)
    for (const [handle, { run }] of due) if (this.#due.delete(handle)) run()
  }
}
