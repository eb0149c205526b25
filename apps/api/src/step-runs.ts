import type { Micros } from '@sluice/model'
import type { StepRun } from '@sluice/store'
import { DAY_US, type TimeZone } from './time-zone.ts'

/**
 * The steps of an interval in a time zone: the moments at which local clocks show a multiple of it since midnight, so
 * that a day has 23 or 25 hours where it has. What clocks jump over is the moment of the jump (also a midnight that
 * does not exist); what they show twice counts once, except for intervals that fit into the repeated time.
 * @param intervalUs divides a day
 * @returns runs of steps from `from` to `to`, ascending; neighbours are more or less than an interval apart
 */
export function stepRuns(zone: TimeZone, intervalUs: number, from: Micros, to: Micros): StepRun[] {
  const runs: StepRun[] = []
  // a repeated time that began earlier may still be under way
  let start = from - 2 * DAY_US
  let offset = zone.offsetAt(start)
  for (const { at, before, after } of zone.changesBetween(start, to)) {
    addRun(runs, intervalUs, runOf({ start, end: at - 1, offset }, intervalUs))
    const isJumpedOver = Math.ceil((at + before) / intervalUs) * intervalUs < at + after
    if (isJumpedOver) addRun(runs, intervalUs, { first: at, last: at })
    const repeated = before - after
    start = repeated > 0 && intervalUs > repeated ? at + repeated : isJumpedOver ? at + 1 : at
    offset = after
  }
  addRun(runs, intervalUs, runOf({ start, end: to, offset }, intervalUs))
  return clipped(runs, intervalUs, from)
}

/** The steps of a time in which the offset stays the same. */
function runOf({ start, end, offset }: { start: Micros; end: Micros; offset: number }, intervalUs: number): StepRun {
  return {
    first: Math.ceil((start + offset) / intervalUs) * intervalUs - offset,
    last: Math.floor((end + offset) / intervalUs) * intervalUs - offset,
  }
}

/** Leaves out an empty run, and lengthens the one before where the distance stays. */
function addRun(runs: StepRun[], intervalUs: number, run: StepRun): void {
  if (run.last < run.first) return
  const before = runs.at(-1)
  if (before && run.first - before.last === intervalUs) before.last = run.last
  else runs.push(run)
}

function clipped(runs: readonly StepRun[], intervalUs: number, from: Micros): StepRun[] {
  return runs
    .filter(({ last }) => last >= from)
    .map(({ first, last }) => ({
      first: first >= from ? first : first + Math.ceil((from - first) / intervalUs) * intervalUs,
      last,
    }))
}
