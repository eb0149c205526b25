import { CONDITION_TYPES, LIMITS, numberOf, type Condition, type ConditionType, type Rule } from '@sluice/model'
import { isHash, listOf, type Input } from './body.ts'
import type { Problems } from './problems.ts'
import { isMissing, plainDecimal, readValue } from './scalars.ts'
import { readDatastreamId } from './datastreams.ts'

export type ConditionInput = Input<'stream_id' | 'trigger_type' | 'threshold_value' | 'low' | 'high' | 'per' | 'after'>

/** Types that may stand beside others in one rule: those that look at one value alone. */
const COMBINABLE: ReadonlySet<ConditionType> = new Set(['gt', 'gte', 'lt', 'lte', 'eq', 'between', 'outside'])
/** Types for which going back over the threshold has a distance. */
const WITH_HYSTERESIS: ReadonlySet<ConditionType> = new Set([
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'outside',
  'rise',
  'fall',
])

/** Reads `conditions`; names in problems begin with the place, `conditions[0].`. */
export function readConditions(input: unknown, problems: Problems): Condition[] {
  const listed = listOf(input, 'conditions') ?? []
  if (listed.length === 0) problems.push("conditions can't be blank")
  if (listed.length > LIMITS.conditionsPerRuleMax) {
    problems.push(`conditions can't be more than ${LIMITS.conditionsPerRuleMax}`)
    return []
  }
  return listed.flatMap((entry, index) => {
    const prefix = `conditions[${index}].`
    if (isHash(entry)) return readCondition(entry, prefix, problems) ?? []
    problems.push(`conditions[${index}] must be an object`)
    return []
  })
}

/**
 * One condition, in API v2's members and ours. Thresholds keep the text they came as.
 * @returns undefined where something is wrong, which is then among the problems
 */
export function readCondition(input: ConditionInput, prefix: string, problems: Problems): Condition | undefined {
  const before = problems.length
  const datastreamId = readDatastreamId(input.stream_id, `${prefix}stream_id`, { now: 0, problems })
  const type = readType(input.trigger_type, `${prefix}trigger_type`, problems)
  const condition = type && readByType(type, input, { prefix, problems })
  return condition && problems.length === before ? { datastreamId, ...condition } : undefined
}

/** Combinations that have no meaning. */
export function refuseOddRule({ conditions, mode, forS, hysteresis }: Rule, problems: Problems): void {
  const odd = conditions.find(({ type }) => !COMBINABLE.has(type))
  if (odd && conditions.length > 1) problems.push(`conditions can't have ${odd.type} beside another one`)
  const isEvent = odd !== undefined && odd.type !== 'rise' && odd.type !== 'fall'
  if (isEvent && forS !== 0) problems.push(`for must be 0 with ${odd.type}`)
  if (isEvent && odd.type !== 'change' && mode !== 'edge') problems.push(`mode must be edge with ${odd.type}`)
  if (Number(hysteresis) !== 0 && !conditions.some(({ type }) => WITH_HYSTERESIS.has(type))) {
    problems.push(`hysteresis must be 0 with ${conditions.map(({ type }) => type).join(', ')}`)
  }
}

type WithoutStream<C> = C extends unknown ? Omit<C, 'datastreamId'> : never
type Place = { prefix: string; problems: Problems }

function readType(input: unknown, name: string, problems: Problems): ConditionType | undefined {
  const type = CONDITION_TYPES.find((known) => known === input)
  if (type) return type
  problems.push(isMissing(input) ? `${name} can't be blank` : `${name} is not valid (${PICK_TYPE})`)
  return undefined
}

const PICK_TYPE = `pick one from ${CONDITION_TYPES.join(', ')}`

function readByType(type: ConditionType, input: ConditionInput, { prefix, problems }: Place): WithoutStream<Condition> {
  const name = `${prefix}threshold_value`
  switch (type) {
    case 'change':
      return { type }
    case 'frozen':
    case 'live':
      return {
        type,
        afterS: readSeconds(input.after, `${prefix}after`, { least: 1, fallback: LIMITS.frozenAfterS }, problems),
      }
    case 'eq':
      return { type, threshold: readThresholdText(input.threshold_value, name, problems) }
    case 'between':
    case 'outside':
      return { type, ...readInterval(input, { prefix, problems }) }
    case 'rise':
    case 'fall':
      return {
        type,
        threshold: readDecimal(input.threshold_value, name, { isSigned: false }, problems),
        perS: readSeconds(input.per, `${prefix}per`, { least: 1 }, problems),
      }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      break
  }
  return { type, threshold: readDecimal(input.threshold_value, name, { isSigned: true }, problems) }
}

function readThresholdText(input: unknown, name: string, problems: Problems): string {
  if (isMissing(input)) {
    problems.push(`${name} can't be blank`)
    return ''
  }
  return readValue(input, name, problems) ?? ''
}

function readInterval(input: ConditionInput, { prefix, problems }: Place): { low: string; high: string } {
  const low = readDecimal(input.low, `${prefix}low`, { isSigned: true }, problems)
  const high = readDecimal(input.high, `${prefix}high`, { isSigned: true }, problems)
  if (Number(low) > Number(high)) problems.push(`${prefix}low must not be greater than ${prefix}high`)
  return { low, high }
}

/**
 * A decimal number as the text that it came as.
 * @returns `'0'` where something is wrong, which is then among the problems
 */
export function readDecimal(
  input: unknown,
  name: string,
  { isSigned, fallback }: { isSigned: boolean; fallback?: string },
  problems: Problems,
): string {
  if (isMissing(input)) {
    if (fallback === undefined) problems.push(`${name} can't be blank`)
    return fallback ?? '0'
  }
  const text = typeof input === 'number' && Number.isFinite(input) ? plainDecimal(input) : input
  const trimmed = typeof text === 'string' ? text.trim() : ''
  const number = numberOf(trimmed)
  if (number === null) problems.push(`${name} is not a number`)
  else if (!isSigned && number < 0) problems.push(`${name} must not be negative`)
  else return trimmed
  return '0'
}

/** A whole number of seconds, up to 30 days. */
export function readSeconds(
  input: unknown,
  name: string,
  { least, fallback }: { least: 0 | 1; fallback?: number },
  problems: Problems,
): number {
  if (isMissing(input)) {
    if (fallback === undefined) problems.push(`${name} can't be blank`)
    return fallback ?? least
  }
  const seconds = typeof input === 'string' ? numberOf(input.trim()) : input
  if (
    typeof seconds === 'number' &&
    Number.isInteger(seconds) &&
    seconds >= least &&
    seconds <= LIMITS.ruleSecondsMax
  ) {
    return seconds
  }
  problems.push(`${name} must be a whole number of seconds from ${least} to ${LIMITS.ruleSecondsMax}`)
  return least
}
