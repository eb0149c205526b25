import type { Logger } from '@sluice/service'
import { makeOutage } from './outage.ts'
import { makeWake } from './wake.ts'

export type Repeated = {
  /** resolves when the run under way, if there is one, has ended */
  stop(): Promise<void>
}

/**
 * Runs `work` again and again, one run at a time. An error is logged once and the work tried again, at growing intervals.
 * @param work resolves with whether there is more to do at once
 */
export function repeat(
  parts: { what: string; logger: Logger; firstMs: number; everyMs: number },
  work: (signal: AbortSignal) => Promise<boolean>,
): Repeated {
  const stopped = new AbortController()
  const wake = makeWake()
  const outage = makeOutage(parts.logger, parts.what)

  async function loop(): Promise<void> {
    let waitMs = parts.firstMs
    for (;;) {
      if (waitMs > 0) await wake.wait(waitMs)
      if (stopped.signal.aborted) return
      try {
        waitMs = (await work(stopped.signal)) ? 0 : parts.everyMs
        outage.over()
      } catch (error) {
        waitMs = Math.max(parts.everyMs, outage.failed(error))
      }
    }
  }
  const looping = loop()
  return {
    stop() {
      stopped.abort()
      wake.signal()
      return looping
    },
  }
}
