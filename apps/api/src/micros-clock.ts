import type { Micros } from '@sluice/model'

/** A clock set back by more than this is believed; until then time stands (almost) still. */
const HOLD_US_MAX = 15 * 60e6

/**
 * Arrival times in microseconds that never repeat and, over small corrections of the clock, never go back: two values
 * sent without a time to one datastream in the same millisecond must stay two datapoints.
 * @param now milliseconds since 1970
 */
export function makeMicrosClock(now: () => number = Date.now): () => Micros {
  let last = 0
  return () => {
    const wall = now() * 1000
    last = wall > last || last - wall > HOLD_US_MAX ? wall : last + 1
    return last
  }
}
