const BASE_MS = 1000
const CAP_MS = 15_000

/**
 * The pauses between attempts to connect. Each is random up to the sum of those before it, at least up to 1 s and at
 * most up to 15 s: an outage costs a client no more than as much time again, so a restart of three seconds not half a
 * minute. Clients that were cut off together come back spread over as long as they were away, ten thousand of them after
 * a long outage at 700 a second, and those that a busy router turned away over half as much again with every attempt.
 * Only time spent in pauses counts, for which no clock is needed: a laptop that wakes up begins small.
 */
export class Backoff {
  readonly #random: () => number
  #pausedMs = 0

  /** @param random as Math.random */
  constructor(random: () => number) {
    this.#random = random
  }

  /** @returns ms in [0, 15 s) to wait before the next attempt */
  nextMs(): number {
    const ms = this.#random() * Math.min(CAP_MS, Math.max(BASE_MS, this.#pausedMs))
    this.#pausedMs += ms
    return ms
  }

  /** The outage is over. */
  reset(): void {
    this.#pausedMs = 0
  }
}
