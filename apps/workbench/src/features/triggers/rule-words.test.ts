import type { ConditionDocument } from '@sluice/model'
import { CONDITION_TYPES } from '@sluice/model'
import { expect, test } from 'vitest'
import {
  CONDITION_WORDS,
  actionWords,
  conditionWords,
  givenName,
  optionWords,
  ruleWords,
  secondsWords,
} from './rule-words.ts'

const celsius = (id: string): string => (id === 'temperature' ? '°C' : '')
const of = (rest: Omit<ConditionDocument, 'stream_id'>): ConditionDocument => ({ stream_id: 'temperature', ...rest })

test.each([
  { condition: of({ trigger_type: 'gt', threshold_value: '30' }), words: 'temperature is above 30 °C' },
  { condition: of({ trigger_type: 'lte', threshold_value: '-1.5' }), words: 'temperature is at or below -1.5 °C' },
  { condition: of({ trigger_type: 'eq', threshold_value: '20' }), words: 'temperature equals 20 °C' },
  { condition: of({ trigger_type: 'between', low: '1', high: '2' }), words: 'temperature is between 1 and 2 °C' },
  {
    condition: of({ trigger_type: 'rise', threshold_value: '2', per: 60 }),
    words: 'temperature rises by more than 2 °C per 1 min',
  },
  { condition: of({ trigger_type: 'frozen', after: 900 }), words: 'temperature sends nothing for 15 min' },
  { condition: of({ trigger_type: 'live', after: 900 }), words: 'temperature sends again after 15 min of silence' },
  { condition: of({ trigger_type: 'change' }), words: 'temperature changes' },
])('$words', ({ condition, words }) => {
  expect(conditionWords(condition, celsius)).toBe(words)
})

test('every type has words of its own', () => {
  expect(new Set(CONDITION_TYPES.map((type) => CONDITION_WORDS[type])).size).toBe(CONDITION_TYPES.length)
})

test.each([
  { match: 'all', for: 0, words: 'a is above 1 and b is below 2' },
  { match: 'any', for: 600, words: 'a is above 1 or b is below 2 for 10 min' },
] as const)('conditions are joined: $words', ({ words, ...rule }) => {
  const conditions: ConditionDocument[] = [
    { stream_id: 'a', trigger_type: 'gt', threshold_value: '1' },
    { stream_id: 'b', trigger_type: 'lt', threshold_value: '2' },
  ]
  expect(ruleWords({ ...rule, conditions })).toBe(words)
})

test.each([
  [0, '0 s'],
  [90, '90 s'],
  [600, '10 min'],
  [5400, '90 min'],
  [7200, '2 h'],
  [172_800, '2 d'],
])('%i seconds read "%s"', (seconds, words) => {
  expect(secondsWords(seconds)).toBe(words)
})

test.each([
  { action: { kind: 'http', url: 'https://a.example/x', format: 'form' }, words: 'POST to a.example/x' },
  { action: { kind: 'email', to: 'a@b.example' }, words: 'e-mail to a@b.example' },
  { action: { kind: 'publish', topic: 'app.hot' }, words: 'publish to app.hot' },
  { action: { kind: 'call', procedure: 'app.cool' }, words: 'call app.cool' },
  { action: { kind: 'datapoint', feed_id: 7, datastream_id: 'fan', value: '1' }, words: 'write 1 to fan of feed 7' },
  { action: { kind: 'datapoint', feed_id: 7, datastream_id: 'fan' }, words: 'write the value to fan of feed 7' },
] as const)('an action reads "$words"', ({ action, words }) => {
  expect(actionWords(action)).toBe(words)
})

test.each([
  { name: 'temperature > 20.5, with every value, at most every 2 s', given: '' },
  { name: '(temperature < 40 and humidity > 28) for 10 min', given: '' },
  { name: 'temperature is silent for 1 d', given: '' },
  { name: 'temperature changes', given: '' },
  { name: 'temperature too high', given: 'temperature too high' },
  { name: 'Hot > 30', given: 'Hot > 30' },
  { name: '', given: '' },
])('of "$name" a person gave "$given"', ({ name, given }) => {
  expect(givenName({ name, stream_id: 'temperature' })).toBe(given)
})

const plain = { mode: 'edge', rearm: 'auto', hysteresis: '0', min_interval: 0, late: 'ignore' } as const
test.each([
  { change: {}, words: '' },
  { change: { mode: 'level', min_interval: 2 }, words: 'with every value while it is true · at most once every 2 s' },
  { change: { rearm: 'manual', hysteresis: '0.5' }, words: 'once, until armed again · hysteresis 0.5' },
  { change: { late: 'evaluate', hysteresis: '0.0' }, words: 'late values too' },
] as const)('options read "$words"', ({ change, words }) => {
  expect(optionWords({ ...plain, ...change })).toBe(words)
})
