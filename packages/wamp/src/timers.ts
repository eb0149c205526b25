/** The two functions of the platform that this package may not assume: pass `globalThis`, or a clock of your own. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}
