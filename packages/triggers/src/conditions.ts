import type { Condition, Rule, Sample } from '@sluice/model'
import { compareDecimals, compareNumbers, multiplyDecimal, negate, parseDecimal, subtractDecimals } from './decimal.ts'
import type { Decimal } from './decimal.ts'

/** What a condition looks at: the value of its datastream, and the one that was its input before. */
export type Sight = { sample: Sample | null; before: Sample | null }

const NONE: Decimal = { digits: 0n, exponent: 0 }

/**
 * Whether a condition holds. Numbers are compared exactly, as decimal text.
 * @returns null where that cannot be told: no value, a value that is no number, or nothing before to compare it with.
 *   `frozen` and `live` are about arrivals, not about values: always null here
 */
export function holds(condition: Condition, sight: Sight): boolean | null {
  return holdsNearly(condition, sight, NONE)
}

/**
 * Whether a value went back over its threshold by at least the hysteresis, so that the condition may come true again:
 * it is false even when the threshold is moved towards the value by that much. With the hysteresis `'0'` that is when
 * the condition is false.
 * @returns null where that cannot be told
 */
export function isCleared(condition: Condition, sight: Sight, hysteresis: string): boolean | null {
  return negated(holdsNearly(condition, sight, parseDecimal(hysteresis) ?? NONE))
}

/** Logic of three values: one false settles `all`, one true settles `any`, whatever the unknown ones are. */
export function combine(match: Rule['match'], results: readonly (boolean | null)[]): boolean | null {
  const decisive = match === 'any'
  if (results.includes(decisive)) return decisive
  return results.includes(null) ? null : !decisive
}

/** Whether a condition held if its thresholds were moved by `slack`, ≥ 0, so that it held more easily. */
function holdsNearly(condition: Condition, { sample, before }: Sight, slack: Decimal): boolean | null {
  if (!sample) return null
  const { value } = sample
  switch (condition.type) {
    case 'gt':
      return test(compareNumbers(value, condition.threshold, negate(slack)), (order) => order > 0)
    case 'gte':
      return test(compareNumbers(value, condition.threshold, negate(slack)), (order) => order >= 0)
    case 'lt':
      return test(compareNumbers(value, condition.threshold, slack), (order) => order < 0)
    case 'lte':
      return test(compareNumbers(value, condition.threshold, slack), (order) => order <= 0)
    case 'eq':
      return value === condition.threshold || compareNumbers(value, condition.threshold) === 0
    case 'between':
      return isWithin(value, condition, slack)
    case 'outside':
      return negated(isWithin(value, condition, negate(slack)))
    case 'rise':
    case 'fall':
      return before && isSteep(condition, sample, before, slack)
    case 'change':
      return before && before.value !== value
    case 'frozen':
    case 'live':
      break
  }
  return null
}

/**
 * Whether the slope between two values is more than the threshold less `slack`, without dividing:
 * (value - before) × perS against (threshold - slack) × time between the measurements, in microseconds.
 */
function isSteep(
  condition: Condition & { type: 'rise' | 'fall' },
  sample: Sample,
  before: Sample,
  slack: Decimal,
): boolean | null {
  const [to, from, threshold] = [sample.value, before.value, condition.threshold].map(parseDecimal)
  if (!to || !from || !threshold || sample.at <= before.at) return null
  const climb = condition.type === 'rise' ? subtractDecimals(to, from) : subtractDecimals(from, to)
  const order = compareDecimals(
    multiplyDecimal(climb, BigInt(Math.round(condition.perS * 1e6))),
    multiplyDecimal(subtractDecimals(threshold, slack), BigInt(sample.at - before.at)),
  )
  return order > 0
}

/** Both bounds belong to the interval; `slack` widens it on either side. */
function isWithin(value: string, { low, high }: { low: string; high: string }, slack: Decimal): boolean | null {
  const overLow = compareNumbers(value, low, negate(slack))
  const overHigh = compareNumbers(value, high, slack)
  return overLow === null || overHigh === null ? null : overLow >= 0 && overHigh <= 0
}

function test(order: number | null, isMet: (order: number) => boolean): boolean | null {
  return order === null ? null : isMet(order)
}

function negated(result: boolean | null): boolean | null {
  return result === null ? null : !result
}
