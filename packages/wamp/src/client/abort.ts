import type { Signal } from './options.ts'

export interface AbortSource {
  readonly signal: Signal
  abort(): void
}

/** An AbortController of the platform, which browsers and Node have and this package has no types of. */
export function makeAbort(): AbortSource {
  const { AbortController } = globalThis as unknown as { AbortController: new () => AbortSource }
  return new AbortController()
}
