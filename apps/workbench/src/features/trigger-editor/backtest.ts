import type { BacktestLine } from '@sluice/model'

export type WouldFire = Extract<BacktestLine, { firing: unknown }>['firing']

/** A rule tried on stored values, while the answer streams in. */
export type Backtest = {
  /** `idle`: nothing to try; `stale`: what is shown is of the rule before, the new one is being tried */
  phase: 'idle' | 'stale' | 'running' | 'done' | 'failed'
  /** the first ones, oldest first */
  firings: readonly WouldFire[]
  /** all of them */
  count: number
  points: number
  /** how far it came, ISO 8601 */
  reached: string | null
  error: string | null
}

/** moments kept to be drawn and listed; the count goes on */
const KEPT_MAX = 5000

export const NO_BACKTEST: Backtest = { phase: 'idle', firings: [], count: 0, points: 0, reached: null, error: null }
export const BEGUN_BACKTEST: Backtest = { ...NO_BACKTEST, phase: 'running' }

/** What is known after some more lines of the answer. */
export function takeLines(before: Backtest, lines: readonly BacktestLine[]): Backtest {
  const firings = [...before.firings]
  const after: Backtest = { ...before, firings }
  for (const line of lines) {
    if ('firing' in line) {
      after.count++
      if (firings.length < KEPT_MAX) firings.push(line.firing)
    } else if ('progress' in line) {
      after.points = line.progress.points
      after.reached = line.progress.at
    } else if ('summary' in line) {
      after.phase = 'done'
      after.points = line.summary.points
      after.count = line.summary.firings
    } else {
      after.phase = 'failed'
      after.error = line.error
    }
  }
  return after
}

/** `Would have fired 14 times in the last 7 days.` */
export function backtestWords({ phase, count, points, reached, error }: Backtest, window: string): string {
  const times = count === 1 ? 'once' : `${count.toLocaleString('en')} times`
  switch (phase) {
    case 'idle':
      return 'Complete the rule to see when it would have fired.'
    case 'failed':
      return error ?? 'The rule could not be tried.'
    case 'done':
      if (points === 0) return `There is no value in ${window} to try it on.`
      return count === 0 ? `Would not have fired in ${window}.` : `Would have fired ${times} in ${window}.`
    case 'stale':
    case 'running':
      break
  }
  return reached === null ? 'Trying the rule…' : `Trying the rule… ${count === 0 ? 'no firing' : times} so far.`
}
