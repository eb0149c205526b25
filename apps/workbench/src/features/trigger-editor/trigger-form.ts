import type {
  ActionDocument,
  ActionKind,
  ConditionDocument,
  ConditionType,
  NewTriggerDocument,
  TriggerDocument,
} from '@sluice/model'
import { LIMITS, RULE_DEFAULTS } from '@sluice/model'
import { givenName } from '../triggers/rule-words.ts'
import { durationField, secondsOf } from './duration-field.ts'
import type { DurationField } from './duration-field.ts'

export type ConditionForm = {
  /** names the row while it is edited */
  key: string
  streamId: string
  type: ConditionType
  threshold: string
  low: string
  high: string
  per: DurationField
  after: DurationField
}

/** All fields of all kinds, so that changing the kind and back loses nothing. */
export type ActionForm = {
  kind: ActionKind
  url: string
  format: 'form' | 'json'
  to: string
  topic: string
  procedure: string
  feedId: string
  streamId: string
  /** what is written; empty for the value that fired the trigger */
  value: string
}

export type TriggerForm = {
  /** number of the feed as text, own or public */
  feedId: string
  name: string
  conditions: ConditionForm[]
  match: 'all' | 'any'
  mode: 'edge' | 'level'
  for: DurationField
  hysteresis: string
  minInterval: DurationField
  rearm: 'auto' | 'manual'
  late: 'ignore' | 'evaluate'
  action: ActionForm
  enabled: boolean
}

/** Which numbers a condition asks for. */
export const CONDITION_SHAPES: Record<ConditionType, 'threshold' | 'bounds' | 'slope' | 'silence' | 'none'> = {
  gt: 'threshold',
  gte: 'threshold',
  lt: 'threshold',
  lte: 'threshold',
  eq: 'threshold',
  between: 'bounds',
  outside: 'bounds',
  rise: 'slope',
  fall: 'slope',
  frozen: 'silence',
  live: 'silence',
  change: 'none',
}

/** Those that may stand beside others: they ask about one value, not about two or about time. */
export const isCombinable = (type: ConditionType): boolean =>
  CONDITION_SHAPES[type] === 'threshold' || CONDITION_SHAPES[type] === 'bounds'

/** Options that a rule can have: what makes no sense for its conditions is neither shown nor sent. */
export function optionsOf({ conditions }: Pick<TriggerForm, 'conditions'>): {
  hasDuration: boolean
  hasHysteresis: boolean
  hasMode: boolean
} {
  const types = conditions.map(({ type }) => type)
  // each change, silence and return is a firing of its own
  const isOccurrence = types.some((type) => type === 'change' || CONDITION_SHAPES[type] === 'silence')
  return {
    hasDuration: !isOccurrence,
    hasHysteresis: !isOccurrence && types.some((type) => type !== 'eq'),
    hasMode: !isOccurrence,
  }
}

export const EMPTY_ACTION: ActionForm = {
  kind: 'http',
  url: '',
  format: 'json',
  to: '',
  topic: '',
  procedure: '',
  feedId: '',
  streamId: '',
  value: '',
}

let lastKey = 0
export function newCondition(streamId: string): ConditionForm {
  return {
    key: `c${++lastKey}`,
    streamId,
    type: 'gt',
    threshold: '',
    low: '',
    high: '',
    per: { amount: '1', unit: 'min' },
    after: durationField(LIMITS.frozenAfterS),
  }
}

export function emptyForm(feedId: string, streamId: string): TriggerForm {
  return {
    feedId,
    name: '',
    conditions: [newCondition(streamId)],
    match: RULE_DEFAULTS.match,
    mode: RULE_DEFAULTS.mode,
    for: durationField(0),
    hysteresis: '',
    minInterval: durationField(0),
    rearm: RULE_DEFAULTS.rearm,
    late: RULE_DEFAULTS.late,
    action: EMPTY_ACTION,
    enabled: true,
  }
}

export function formOfTrigger(trigger: TriggerDocument): TriggerForm {
  return {
    feedId: String(trigger.environment_id),
    name: givenName(trigger),
    conditions: trigger.conditions.map(conditionForm),
    match: trigger.match,
    mode: trigger.mode,
    for: durationField(trigger.for),
    hysteresis: Number(trigger.hysteresis) === 0 ? '' : trigger.hysteresis,
    minInterval: durationField(trigger.min_interval),
    rearm: trigger.rearm,
    late: trigger.late,
    action: actionForm(trigger.action),
    enabled: trigger.enabled,
  }
}

function conditionForm(condition: ConditionDocument): ConditionForm {
  const fresh = newCondition(condition.stream_id)
  return {
    ...fresh,
    type: condition.trigger_type,
    threshold: condition.threshold_value ?? '',
    low: condition.low ?? '',
    high: condition.high ?? '',
    per: condition.per === undefined ? fresh.per : durationField(condition.per),
    after: condition.after === undefined ? fresh.after : durationField(condition.after),
  }
}

function actionForm(action: ActionDocument): ActionForm {
  const { kind } = action
  switch (action.kind) {
    case 'http':
      return { ...EMPTY_ACTION, kind, url: action.url, format: action.format }
    case 'email':
      return { ...EMPTY_ACTION, kind, to: action.to }
    case 'publish':
      return { ...EMPTY_ACTION, kind, topic: action.topic }
    case 'call':
      return { ...EMPTY_ACTION, kind, procedure: action.procedure }
    case 'datapoint':
      break
  }
  const { feed_id: feedId, datastream_id: streamId, value } = action
  return { ...EMPTY_ACTION, kind, feedId: String(feedId), streamId, value: value ?? '' }
}

/** What a form asks of the server when it is saved. */
export function triggerDocument(form: TriggerForm): NewTriggerDocument {
  return { ...ruleDocument(form), name: form.name.trim(), action: actionDocument(form.action), enabled: form.enabled }
}

/** The rule alone and the feed it looks at: what a backtest needs. */
export function ruleDocument(form: TriggerForm): NewTriggerDocument {
  const { hasDuration, hasHysteresis, hasMode } = optionsOf(form)
  const hysteresis = form.hysteresis.trim()
  return {
    environment_id: Number(form.feedId),
    conditions: form.conditions.map(conditionDocument),
    match: form.match,
    mode: hasMode ? form.mode : 'edge',
    for: hasDuration ? (secondsOf(form.for) ?? 0) : 0,
    hysteresis: hasHysteresis && hysteresis !== '' ? hysteresis : '0',
    min_interval: secondsOf(form.minInterval) ?? 0,
    rearm: form.rearm,
    late: form.late,
  }
}

function conditionDocument(form: ConditionForm): ConditionDocument {
  const base = { stream_id: form.streamId.trim(), trigger_type: form.type }
  switch (CONDITION_SHAPES[form.type]) {
    case 'threshold':
      return { ...base, threshold_value: form.threshold.trim() }
    case 'bounds':
      return { ...base, low: form.low.trim(), high: form.high.trim() }
    case 'slope':
      return { ...base, threshold_value: form.threshold.trim(), per: secondsOf(form.per) ?? 0 }
    case 'silence':
      return { ...base, after: secondsOf(form.after) ?? 0 }
    case 'none':
      break
  }
  return base
}

function actionDocument(form: ActionForm): ActionDocument {
  switch (form.kind) {
    case 'http':
      return { kind: 'http', url: form.url.trim(), format: form.format }
    case 'email':
      return { kind: 'email', to: form.to.trim() }
    case 'publish':
      return { kind: 'publish', topic: form.topic.trim() }
    case 'call':
      return { kind: 'call', procedure: form.procedure.trim() }
    case 'datapoint':
      break
  }
  return {
    kind: 'datapoint',
    feed_id: Number(form.feedId),
    datastream_id: form.streamId.trim(),
    value: form.value.trim() === '' ? null : form.value.trim(),
  }
}
