/** Looking at all endpoints takes at most one part in so many, and one, of the time. */
const SCAN_SHARE = 4

/** Where the next claim looks: at endpoints that somebody named, and now and then at all. Times are milliseconds. */
export type Agenda = {
  /** something may be due to these endpoints; to any, where nobody knows */
  add(endpointIds?: Iterable<number>): void
  /** takes what was added. @returns undefined for all endpoints */
  take(now: number): readonly number[] | undefined
  /** all endpoints were looked at, or that failed (null) and has to be done again */
  scanned(span: { startedAt: number; endedAt: number } | null): void
  /** until all endpoints are looked at again */
  waitMs(now: number): number
}

/** @param everyMs how often to look at all endpoints, at most: what became due by time alone is found so */
export function makeAgenda(everyMs: number): Agenda {
  const named = new Set<number>()
  let scanAt = 0
  let isAll = false
  return {
    add(endpointIds) {
      if (endpointIds) for (const endpointId of endpointIds) named.add(endpointId)
      else isAll = true
    },
    take(now) {
      const taken = isAll || now >= scanAt ? undefined : [...named]
      named.clear()
      isAll = false
      return taken
    },
    scanned(span) {
      scanAt = span ? span.endedAt + Math.max(everyMs, SCAN_SHARE * (span.endedAt - span.startedAt)) : 0
    },
    waitMs: (now) => Math.max(0, scanAt - now),
  }
}
