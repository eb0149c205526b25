import type { DeliveryDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { EMPTY_DELIVERY_LOG, heldText, isInFilter, reduceDeliveryLog } from './delivery-log.ts'
import type { DeliveryLog, DeliveryLogAction } from './delivery-log.ts'

const delivery = (number: number, rest: Partial<DeliveryDocument> = {}): DeliveryDocument => ({
  id: `id-${number}`,
  number,
  trigger_id: 1,
  trigger_name: 'hot',
  endpoint_id: 5,
  kind: 'http',
  address: 'https://a.example',
  environment_id: 7,
  stream_id: 'temperature',
  cause: 'value',
  at: '2026-11-22T12:00:00.000000Z',
  value: '31',
  test: false,
  status: 'pending',
  attempts: 0,
  failures: 0,
  fired_at: '2026-11-22T12:00:00.000000Z',
  finished_at: null,
  next_attempt_at: null,
  error: null,
  ...rest,
})
const after = (...actions: DeliveryLogAction[]): DeliveryLog => actions.reduce(reduceDeliveryLog, EMPTY_DELIVERY_LOG)
const tried = delivery(1, { attempts: 1, status: 'delivered' })
const all = (): boolean => true

test('newest first, each once, in its newest state', () => {
  const log = after(
    { kind: 'loaded', deliveries: [delivery(2), delivery(1)] },
    { kind: 'arrived', deliveries: [delivery(3)] },
    { kind: 'arrived', deliveries: [tried] },
  )
  expect(log.shown.map(({ number, status }) => [number, status])).toEqual([
    [3, 'pending'],
    [2, 'pending'],
    [1, 'delivered'],
  ])
})

test('a list that was read before an event does not undo it', () => {
  const log = after({ kind: 'arrived', deliveries: [tried] }, { kind: 'loaded', deliveries: [delivery(1)] })
  expect(log.shown).toEqual([tried])
})

test('a delivery that is sent again is pending again', () => {
  const again = { ...tried, status: 'pending' } as const
  expect(after({ kind: 'loaded', deliveries: [tried] }, { kind: 'arrived', deliveries: [again] }).shown).toEqual([
    again,
  ])
})

test('paused: nothing moves or changes, and all of it comes with resuming', () => {
  const paused = after(
    { kind: 'loaded', deliveries: [delivery(1)] },
    { kind: 'paused' },
    { kind: 'arrived', deliveries: [delivery(2), delivery(1)] },
    { kind: 'arrived', deliveries: [tried] },
  )
  expect(paused.shown).toEqual([delivery(1)])
  expect(heldText(paused, all)).toBe('1 new, 1 changed')
  const resumed = reduceDeliveryLog(paused, { kind: 'resumed' })
  expect(resumed.shown).toEqual([delivery(2), tried])
  expect(heldText(resumed, all)).toBeNull()
})

test.each([
  { filter: {}, isIn: true },
  { filter: { status: 'pending' }, isIn: true },
  { filter: { status: 'dead' }, isIn: false },
  { filter: { triggerId: 1, endpointId: 5 }, isIn: true },
  { filter: { triggerId: 2 }, isIn: false },
  { filter: { endpointId: 6 }, isIn: false },
] as const)('$filter: $isIn', ({ filter, isIn }) => {
  expect(isInFilter(filter)(delivery(1))).toBe(isIn)
})
