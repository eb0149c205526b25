import type { Condition, Rule } from '@sluice/model'

/** `temperature > 30 for 10 min`: a rule as a sentence, for messages, lists and mails. Defaults go without saying. */
export function describeRule(rule: Rule): string {
  const conditions = rule.conditions.map(describeCondition)
  const joined = conditions.join(rule.match === 'all' ? ' and ' : ' or ')
  const isGrouped = conditions.length > 1 && rule.forS > 0
  const sentence = isGrouped ? `(${joined})` : joined
  const details = [
    rule.mode === 'level' ? 'with every value' : '',
    isZero(rule.hysteresis) ? '' : `hysteresis ${rule.hysteresis}`,
    rule.minIntervalS > 0 ? `at most every ${describeSeconds(rule.minIntervalS)}` : '',
    rule.rearm === 'manual' ? 'once until armed again' : '',
    rule.late === 'evaluate' ? 'late values too' : '',
  ].filter((detail) => detail !== '')
  return [`${sentence}${rule.forS > 0 ? ` for ${describeSeconds(rule.forS)}` : ''}`, ...details].join(', ')
}

const SIGNS = { gt: '>', gte: '≥', lt: '<', lte: '≤', eq: '=', between: 'within', outside: 'outside' } as const

/** `temperature > 30`, `temperature outside 10 … 20`, `temperature rises by more than 5 in 1 h`. */
export function describeCondition(condition: Condition): string {
  return `${condition.datastreamId} ${predicateOf(condition)}`
}

function predicateOf(condition: Condition): string {
  switch (condition.type) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'eq':
      return `${SIGNS[condition.type]} ${condition.threshold}`
    case 'between':
    case 'outside':
      return `${SIGNS[condition.type]} ${condition.low} … ${condition.high}`
    case 'rise':
      return `rises by more than ${condition.threshold} in ${describeSeconds(condition.perS)}`
    case 'fall':
      return `falls by more than ${condition.threshold} in ${describeSeconds(condition.perS)}`
    case 'frozen':
      return `is silent for ${describeSeconds(condition.afterS)}`
    case 'live':
      return `is back after ${describeSeconds(condition.afterS)} of silence`
    case 'change':
      break
  }
  return 'changes'
}

/** `90 s`, `10 min`, `2 h`, `1 d`: in the largest unit that needs no fraction. */
export function describeSeconds(seconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const) {
    if (seconds > 0 && seconds % size === 0) return `${seconds / size} ${unit}`
  }
  return `${seconds} s`
}

function isZero(decimal: string): boolean {
  return Number(decimal) === 0
}
