/** Something to wait for: once set, the next `wait` returns at once. One waiter at a time. */
export class Latch {
  #isSet = false
  #wake: (() => void) | null = null

  set(): void {
    this.#isSet = true
    this.#wake?.()
  }

  /** Until it is set, or for `ms`; it is not set any more then. */
  async wait(ms = Infinity): Promise<void> {
    if (!this.#isSet) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined
      await promise
      clearTimeout(timer)
      this.#wake = null
    }
    this.#isSet = false
  }
}
