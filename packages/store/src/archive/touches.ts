import type { Queryable } from '../database.ts'

/** How long the data of a datastream may go unnoted in the listing of feeds, five seconds aside. */
const PERIOD_MS = 10_000
/** about 8 MB; beyond it all of them are noted once more */
const KEYS_MAX = 200_000

/**
 * Which datastreams had their arrival noted in the listing of feeds in these ten seconds, so that appends of what comes
 * often leave the listing alone: the first of ten seconds writes there too, in the same statement. Only for statements
 * that are a transaction of their own, because what is remembered must not be rolled back; inside others every append
 * looks there.
 */
export type Touches = {
  dueOf(keys: readonly number[]): number[]
  /** after the statement */
  done(keys: readonly number[]): void
}

const known = new WeakMap<Queryable, Touches>()

/** What is remembered of a pool. */
export function touchesOf(db: Queryable): Touches {
  const touches = known.get(db) ?? makeTouches()
  known.set(db, touches)
  return touches
}

/** @param now milliseconds since 1970: of a clock that goes on while the machine sleeps */
export function makeTouches(now: () => number = Date.now): Touches {
  const noted = new Set<number>()
  let period = 0
  return {
    dueOf(keys) {
      const current = Math.floor(now() / PERIOD_MS)
      if (current !== period || noted.size > KEYS_MAX) noted.clear()
      period = current
      return keys.filter((key) => !noted.has(key))
    },
    done(keys) {
      for (const key of keys) noted.add(key)
    },
  }
}
