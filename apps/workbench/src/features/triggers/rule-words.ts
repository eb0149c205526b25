import type { ActionDocument, ConditionDocument, ConditionType, TriggerDocument } from '@sluice/model'

/** What a condition says between the channel and its number, the same in the editor and in every list. */
export const CONDITION_WORDS: Record<ConditionType, string> = {
  gt: 'is above',
  gte: 'is at or above',
  lt: 'is below',
  lte: 'is at or below',
  between: 'is between',
  outside: 'is outside',
  eq: 'equals',
  change: 'changes',
  rise: 'rises by more than',
  fall: 'falls by more than',
  frozen: 'sends nothing for',
  live: 'sends again after',
}

/** `10 min`, `90 s`, `1 h`: seconds in the largest unit that divides them. */
export function secondsWords(seconds: number): string {
  if (seconds !== 0 && seconds % 86_400 === 0) return `${seconds / 86_400} d`
  if (seconds !== 0 && seconds % 3600 === 0) return `${seconds / 3600} h`
  if (seconds !== 0 && seconds % 60 === 0) return `${seconds / 60} min`
  return `${seconds} s`
}

/** Symbol of a channel's unit, `''` where it has none. */
export type UnitOf = (streamId: string) => string
const unitless: UnitOf = () => ''

/** `temperature is above 30 °C` */
export function conditionWords(condition: ConditionDocument, unitOf: UnitOf = unitless): string {
  const { stream_id: id, trigger_type: type, threshold_value: threshold = '', low = '', high = '' } = condition
  const unit = unitOf(id)
  const begin = `${id} ${CONDITION_WORDS[type]}`
  switch (type) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'eq':
      return `${begin} ${withUnit(threshold, unit)}`
    case 'between':
    case 'outside':
      return `${begin} ${low} and ${withUnit(high, unit)}`
    case 'rise':
    case 'fall':
      return `${begin} ${withUnit(threshold, unit)} per ${secondsWords(condition.per ?? 1)}`
    case 'frozen':
      return `${begin} ${secondsWords(condition.after ?? 0)}`
    case 'live':
      return `${begin} ${secondsWords(condition.after ?? 0)} of silence`
    case 'change':
      break
  }
  return begin
}

const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} ${unit}`)

/** `temperature is above 30 °C and humidity is below 20 % for 10 min` */
export function ruleWords(rule: Pick<TriggerDocument, 'conditions' | 'match' | 'for'>, unitOf?: UnitOf): string {
  const conditions = rule.conditions.map((condition) => conditionWords(condition, unitOf))
  const joined = conditions.join(rule.match === 'any' ? ' or ' : ' and ')
  return rule.for > 0 ? `${joined} for ${secondsWords(rule.for)}` : joined
}

/** What is not as in a plain trigger: `with every value while it is true · at most once every 2 s`; `''` for nothing. */
export function optionWords({
  mode,
  rearm,
  hysteresis,
  min_interval: minS,
  late,
}: Pick<TriggerDocument, 'mode' | 'rearm' | 'hysteresis' | 'min_interval' | 'late'>): string {
  return [
    ...(mode === 'level' ? ['with every value while it is true'] : []),
    ...(mode === 'edge' && rearm === 'manual' ? ['once, until armed again'] : []),
    ...(Number(hysteresis) === 0 ? [] : [`hysteresis ${hysteresis}`]),
    ...(minS === 0 ? [] : [`at most once every ${secondsWords(minS)}`]),
    ...(late === 'evaluate' ? ['late values too'] : []),
  ].join(' · ')
}

/** What a firing does: `POST to hooks.example.com/x`. */
export function actionWords(action: ActionDocument, feedName = (feedId: number) => `feed ${feedId}`): string {
  switch (action.kind) {
    case 'http':
      return `POST to ${action.url.replace(/^https?:\/\//, '')}`
    case 'email':
      return `e-mail to ${action.to}`
    case 'publish':
      return `publish to ${action.topic}`
    case 'call':
      return `call ${action.procedure}`
    case 'datapoint':
      break
  }
  return `write ${action.value ?? 'the value'} to ${action.datastream_id} of ${feedName(action.feed_id)}`
}

/** How the server begins the name of a trigger that nobody named: its rule in signs. */
const RULE_IN_SIGNS =
  /^(?:[>≥<≤=] |within |outside |rises by |falls by |is silent for |is back after |changes(?:$|[ ,)]))/

/** The name that a person gave, `''` where the server made one of the rule. */
export function givenName({ name, stream_id: id }: Pick<TriggerDocument, 'name' | 'stream_id'>): string {
  const text = name.startsWith('(') ? name.slice(1) : name
  return text.startsWith(`${id} `) && RULE_IN_SIGNS.test(text.slice(id.length + 1)) ? '' : name
}

/** Its name, or what it says where it has none. */
export const triggerTitle = (trigger: TriggerDocument, unitOf?: UnitOf): string =>
  givenName(trigger) || ruleWords(trigger, unitOf)
