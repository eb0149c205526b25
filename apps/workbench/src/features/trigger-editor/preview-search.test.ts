import { expect, test } from 'vitest'
import { parseSearch } from '../../search-text.ts'
import { parseDeliveriesSearch } from '../deliveries/deliveries-search.ts'
import { parseTriggerSearch } from '../triggers/triggers-search.ts'
import { parseEditorSearch, previewWindow } from './preview-search.ts'

const NOW = Date.UTC(2026, 10, 22)
const FROM = '2026-11-01T00:00:00.000Z'
const TO = '2026-11-02T00:00:00.000Z'

test.each([
  { text: '', search: {} },
  { text: '?feed=7&stream=temperature&range=30d', search: { feed: '7', stream: 'temperature', range: '30d' } },
  { text: '?feed=x&stream=&range=1y', search: {} },
  { text: `?from=${FROM}&to=${TO}&range=24h`, search: { from: FROM, to: TO } },
  { text: `?from=${TO}&to=${FROM}`, search: {} },
  { text: `?from=${FROM}`, search: {} },
])('"$text" is understood as $search', ({ text, search }) => {
  expect(parseEditorSearch(parseSearch(text))).toEqual(search)
})

test.each([
  { search: {}, hours: 7 * 24, endMs: NOW, words: 'the last 7 days' },
  { search: { range: '24h' }, hours: 24, endMs: NOW, words: 'the last 24 hours' },
  { search: { from: FROM, to: TO }, hours: 24, endMs: Date.parse(TO), words: 'this window' },
] as const)('$search is $hours hours', ({ search, hours, endMs, words }) => {
  expect(previewWindow(search, NOW)).toEqual({ startMs: endMs - hours * 3600e3, endMs, words })
})

const UUID = '0191f7a2-7d0b-7cc3-98c4-dc0c0c07398f'
test.each([
  { text: `?tab=trace&delivery=${UUID}&status=dead`, search: { tab: 'trace', delivery: UUID, status: 'dead' } },
  { text: '?tab=nonsense&delivery=%3Cscript%3E&status=maybe', search: {} },
])('a trigger’s "$text" is understood as $search', ({ text, search }) => {
  expect(parseTriggerSearch(parseSearch(text))).toEqual(search)
})

test.each([
  { text: '?trigger=3&endpoint=4&status=pending', search: { trigger: '3', endpoint: '4', status: 'pending' } },
  { text: '?trigger=0&endpoint=4e5', search: {} },
])('the log’s "$text" is understood as $search', ({ text, search }) => {
  expect(parseDeliveriesSearch(parseSearch(text))).toEqual(search)
})
