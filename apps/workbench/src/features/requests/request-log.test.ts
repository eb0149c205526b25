import type { RequestEntry } from '@sluice/model'
import { expect, test } from 'vitest'
import { EMPTY_LOG, isOwnReading, isShown, reduceLog } from './request-log.ts'
import type { LogAction, RequestLog } from './request-log.ts'

const entry = (id: number, status = 200): RequestEntry => ({
  id: String(id),
  at: '2026-11-22T12:00:00.000000Z',
  feed_id: 1977,
  method: 'PUT',
  path: '/v2/feeds/1977',
  status,
  duration_ms: 3,
  protocol: 'http',
  remote_address: '127.0.0.1',
  key_id: 1,
  key_label: 'Greenhouse',
  datastream_ids: ['temp'],
  request_headers: {},
  request_body: '',
  response_headers: {},
  response_body: '',
})
const arrived = (...ids: number[]): LogAction => ({ kind: 'arrived', entries: ids.map((id) => entry(id)) })
const loaded = (...ids: number[]): LogAction => ({ kind: 'loaded', entries: ids.map((id) => entry(id)) })
const play = (...actions: LogAction[]): RequestLog => actions.reduce(reduceLog, EMPTY_LOG)
const ids = (entries: readonly RequestEntry[]): number[] => entries.map(({ id }) => Number(id))

test.each([
  { name: 'what arrives is on top', actions: [arrived(1), arrived(2)], shown: [2, 1], held: [] },
  { name: 'ids compare as numbers', actions: [arrived(9), arrived(10)], shown: [10, 9], held: [] },
  { name: 'an entry comes once', actions: [arrived(1, 2), loaded(2, 1, 0)], shown: [2, 1, 0], held: [] },
  { name: 'older ones go below', actions: [arrived(5), loaded(4, 3)], shown: [5, 4, 3], held: [] },
  {
    name: 'while paused nothing moves and nothing is lost',
    actions: [arrived(1), { kind: 'paused' }, arrived(2), arrived(3)],
    shown: [1],
    held: [3, 2],
  },
  {
    name: 'older ones load while paused',
    actions: [arrived(5), { kind: 'paused' }, arrived(6), loaded(4)],
    shown: [5, 4],
    held: [6],
  },
  {
    name: 'what is shown is not held again',
    actions: [arrived(1), { kind: 'paused' }, arrived(1)],
    shown: [1],
    held: [],
  },
  {
    name: 'resuming inserts what was held, in order',
    actions: [arrived(1), { kind: 'paused' }, arrived(3), arrived(2), { kind: 'resumed' }],
    shown: [3, 2, 1],
    held: [],
  },
] as { name: string; actions: LogAction[]; shown: number[]; held: number[] }[])('$name', ({ actions, shown, held }) => {
  const log = play(...actions)
  expect(ids(log.shown)).toEqual(shown)
  expect(ids(log.held)).toEqual(held)
})

test('the log is bounded, the oldest go', () => {
  const log = play(...Array.from({ length: 1100 }, (_, index) => arrived(index)))
  expect(log.shown).toHaveLength(1000)
  expect(log.shown[0]?.id).toBe('1099')
})

test.each([
  { status: 200, filter: undefined, shown: true },
  { status: 200, filter: 'ok', shown: true },
  { status: 200, filter: 'failed', shown: false },
  { status: 404, filter: 'ok', shown: false },
  { status: 503, filter: 'failed', shown: true },
] as const)('$status under filter $filter: $shown', ({ status, filter, shown }) => {
  expect(isShown(entry(1, status), filter)).toBe(shown)
})

test.each([
  { name: 'reading without a key', change: { key_id: null, method: 'GET', status: 200 }, own: true },
  { name: 'writing without a key', change: { key_id: null, method: 'PUT', status: 200 }, own: false },
  { name: 'reading with a key', change: { key_id: 1, method: 'GET', status: 200 }, own: false },
  { name: 'reading without a key, refused', change: { key_id: null, method: 'GET', status: 401 }, own: false },
])('$name is our own: $own', ({ change, own }) => {
  expect(isOwnReading(change)).toBe(own)
})
