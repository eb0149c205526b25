import type { Micros } from '@sluice/model'

/**
 * The moments at which a history is sampled: runs of moments an interval apart, ascending, without overlap. One run in
 * UTC; in a time zone a new one wherever a change of its offset breaks the distance. Microseconds.
 */
export type Steps = { intervalUs: number; runs: readonly StepRun[] }
/** From `first` to `last`, both of them steps. */
export type StepRun = { first: Micros; last: Micros }

export function stepAtOrAfter({ intervalUs, runs }: Steps, at: Micros): Micros | null {
  const run = runs.find(({ last }) => last >= at)
  if (!run) return null
  return run.first >= at ? run.first : run.first + Math.ceil((at - run.first) / intervalUs) * intervalUs
}

export function stepAtOrBefore({ intervalUs, runs }: Steps, at: Micros): Micros | null {
  const run = runs.findLast(({ first }) => first <= at)
  if (!run) return null
  return run.last <= at ? run.last : run.first + Math.floor((at - run.first) / intervalUs) * intervalUs
}

/** The step that many steps after a step. @returns null beyond the last one */
export function stepsAfter({ intervalUs, runs }: Steps, step: Micros, count: number): Micros | null {
  let left = count
  for (const { first, last } of runs) {
    if (last < step) continue
    const from = Math.max(first, step)
    const reached = from + left * intervalUs
    if (reached <= last) return reached
    left -= (last - from) / intervalUs + 1
  }
  return null
}

/** The step that many steps before a step. @returns null before the first one */
export function stepsBefore({ intervalUs, runs }: Steps, step: Micros, count: number): Micros | null {
  let left = count
  for (const { first, last } of runs.toReversed()) {
    if (first > step) continue
    const from = Math.min(last, step)
    const reached = from - left * intervalUs
    if (reached >= first) return reached
    left -= (from - first) / intervalUs + 1
  }
  return null
}

/** The steps from one to another, both included. */
export function* stepsBetween(steps: Steps, from: Micros, to: Micros): Generator<Micros> {
  for (let step = stepAtOrAfter(steps, from); step !== null && step <= to; step = stepsAfter(steps, step, 1)) yield step
}
