import type { ActionDocument, ConditionDocument, TriggerDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { durationField, secondsOf } from './duration-field.ts'
import { triggerErrors } from './trigger-errors.ts'
import { emptyForm, formOfTrigger, optionsOf, triggerDocument } from './trigger-form.ts'
import type { ConditionForm, TriggerForm } from './trigger-form.ts'

const above: ConditionDocument = { stream_id: 'temperature', trigger_type: 'gt', threshold_value: '30.50' }
const saved = (rest: Partial<TriggerDocument> = {}): TriggerDocument => ({
  id: 12,
  notified_at: '',
  url: 'https://a.example/x',
  trigger_type: 'gt',
  threshold_value: '30.50',
  stream_id: 'temperature',
  environment_id: 7,
  user: 'ada',
  name: 'Too hot',
  conditions: [above],
  match: 'all',
  mode: 'edge',
  for: 600,
  hysteresis: '0.5',
  min_interval: 3600,
  rearm: 'manual',
  late: 'evaluate',
  action: { kind: 'http', url: 'https://a.example/x', format: 'form' },
  enabled: true,
  armed: true,
  firings: 0,
  endpoint_id: 3,
  created_at: '',
  updated_at: '',
  ...rest,
})

test('what was saved is what an untouched form saves again', () => {
  const { name, conditions, match, mode, hysteresis, min_interval, rearm, late, action, enabled, ...rest } = saved()
  expect(triggerDocument(formOfTrigger(saved()))).toEqual({
    environment_id: 7,
    name,
    conditions,
    match,
    mode,
    for: rest.for,
    hysteresis,
    min_interval,
    rearm,
    late,
    action,
    enabled,
  })
})

const conditions: ConditionDocument[] = [
  above,
  { stream_id: 'a', trigger_type: 'between', low: '1', high: '2' },
  { stream_id: 'a', trigger_type: 'rise', threshold_value: '2', per: 60 },
  { stream_id: 'a', trigger_type: 'frozen', after: 900 },
  { stream_id: 'a', trigger_type: 'live', after: 5 },
  { stream_id: 'a', trigger_type: 'change' },
  { stream_id: 'a', trigger_type: 'eq', threshold_value: 'open' },
]
test.each(conditions)('condition $trigger_type survives the form, and it is valid', (condition) => {
  const form = formOfTrigger(saved({ conditions: [condition] }))
  expect(triggerDocument(form).conditions).toEqual([condition])
  expect(triggerErrors(form)).toEqual({})
})

const actions: ActionDocument[] = [
  { kind: 'http', url: 'http://a.example', format: 'json' },
  { kind: 'email', to: 'ada@a.example' },
  { kind: 'publish', topic: 'app.hot' },
  { kind: 'call', procedure: 'app.cool' },
  { kind: 'datapoint', feed_id: 7, datastream_id: 'fan', value: null },
  { kind: 'datapoint', feed_id: 7, datastream_id: 'fan', value: '1' },
]
test.each(actions)('action $kind survives the form, and it is valid', (action) => {
  const form = formOfTrigger(saved({ action }))
  expect(triggerDocument(form).action).toEqual(action)
  expect(triggerErrors(form)).toEqual({})
})

const form = (condition: Partial<ConditionForm>, rest: Partial<TriggerForm> = {}): TriggerForm => {
  const base = emptyForm('7', 'temperature')
  return {
    ...base,
    conditions: base.conditions.map((first) => ({ ...first, ...condition })),
    action: { ...base.action, url: 'https://a.example' },
    ...rest,
  }
}

test.each([
  { of: form({ threshold: '30' }), fields: [] },
  { of: form({ threshold: '' }), fields: ['conditions.0.threshold'] },
  { of: form({ threshold: 'warm' }), fields: ['conditions.0.threshold'] },
  { of: form({ type: 'eq', threshold: 'warm' }), fields: [] },
  { of: form({ type: 'between', low: '5', high: '3' }), fields: ['conditions.0.high'] },
  { of: form({ type: 'fall', threshold: '-1' }), fields: ['conditions.0.threshold'] },
  { of: form({ type: 'rise', threshold: '1', per: { amount: '0', unit: 's' } }), fields: ['conditions.0.per'] },
  { of: form({ type: 'frozen', after: { amount: '40', unit: 'd' } }), fields: ['conditions.0.after'] },
  { of: form({ threshold: '1' }, { feedId: '' }), fields: ['feedId'] },
  { of: form({ threshold: '1' }, { hysteresis: '-2' }), fields: ['hysteresis'] },
  { of: form({ threshold: '1' }, { for: { amount: 'x', unit: 's' } }), fields: ['for'] },
  { of: form({ type: 'change' }, { for: { amount: 'x', unit: 's' } }), fields: [] },
  { of: form({ streamId: 'two words', threshold: '1' }), fields: ['conditions.0.streamId'] },
])('$fields', ({ of, fields }) => {
  expect(Object.keys(triggerErrors(of))).toEqual(fields)
})

test.each([
  { url: '', isRight: false },
  { url: 'a.example', isRight: false },
  { url: 'ftp://a.example', isRight: false },
  { url: 'https://', isRight: false },
  { url: ' https://a.example/x ', isRight: true },
  { url: 'http://localhost:3000', isRight: true },
])('target "$url": $isRight', ({ url, isRight }) => {
  const base = form({ threshold: '1' })
  expect(Object.keys(triggerErrors({ ...base, action: { ...base.action, url } }))).toEqual(
    isRight ? [] : ['action.url'],
  )
})

test('what a silence cannot have is not sent', () => {
  const odd = form({ type: 'frozen' }, { mode: 'level', hysteresis: '2', for: { amount: '5', unit: 'min' } })
  expect(optionsOf(odd)).toEqual({ hasDuration: false, hasHysteresis: false, hasMode: false })
  expect(triggerDocument(odd)).toMatchObject({ mode: 'edge', hysteresis: '0', for: 0 })
})

test.each([
  { seconds: 0, field: { amount: '0', unit: 'min' } },
  { seconds: 90, field: { amount: '90', unit: 's' } },
  { seconds: 600, field: { amount: '10', unit: 'min' } },
  { seconds: 86_400, field: { amount: '1', unit: 'd' } },
] as const)('$seconds s as a field, and back', ({ seconds, field }) => {
  expect(durationField(seconds)).toEqual(field)
  expect(secondsOf(field)).toBe(seconds)
})

test.each([
  { amount: '1.5', unit: 'min', seconds: 90 },
  { amount: '0,5', unit: 'h', seconds: 1800 },
  { amount: '', unit: 'h', seconds: 0 },
  { amount: '0.5', unit: 's', seconds: null },
  { amount: '-1', unit: 's', seconds: null },
  { amount: 'ten', unit: 'min', seconds: null },
] as const)('"$amount $unit" is $seconds s', ({ seconds, ...field }) => {
  expect(secondsOf(field)).toBe(seconds)
})
