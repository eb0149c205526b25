import type { Logger } from '@sluice/service'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/** What a loop that must go on does about a database that is away: says so once, waits longer each time. */
export type Outage = {
  /** @returns how many milliseconds to wait before the next try */
  failed(error: unknown): number
  /** it works (again) */
  over(): void
}

export function makeOutage(logger: Logger, what: string): Outage {
  let waitMs = 0
  return {
    failed(error) {
      if (waitMs === 0) logger.error({ err: error }, `${what} failed and is tried again until it works`)
      waitMs = Math.min(Math.max(waitMs * 2, FIRST_WAIT_MS), LONGEST_WAIT_MS)
      return waitMs
    },
    over() {
      if (waitMs > 0) logger.info(`${what} works again`)
      waitMs = 0
    },
  }
}
