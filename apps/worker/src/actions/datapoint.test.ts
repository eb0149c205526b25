import { LIMITS, SluiceError } from '@sluice/model'
import type { ErrorCode, Outcome } from '@sluice/model'
import { expect, test } from 'vitest'
import { shipmentOf } from '../../test/shipment.ts'
import type { Shipment } from '../action.ts'
import { makeDatapointAction } from './datapoint.ts'
import type { AppendValue } from './datapoint.ts'

/** An archive that writes down what it is given and says `outcome`, or fails with it. */
function archive(outcome: Outcome | Error = { result: 'stored' }): { written: unknown[]; append: AppendValue } {
  const written: unknown[] = []
  const append: AppendValue = async (write) => {
    written.push(write)
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  return { written, append }
}

const shipment = (value: string | null, given: Partial<Shipment> = {}): Shipment =>
  shipmentOf({ action: { kind: 'datapoint', feedId: 19, datastreamId: 'heating', value }, ...given })
const { signal } = new AbortController()

test.each([
  ['on', '31.5', 'on'],
  ['', '31.5', ''],
  [null, '31.5', '31.5'],
])('an action’s value %o and a firing’s %o write %o, at the time of the firing', async (value, fired, expected) => {
  const { written, append } = archive()
  const act = makeDatapointAction({ append })
  expect(await act(shipment(value, { value: fired, hops: 2 }), signal)).toMatchObject({
    outcome: 'delivered',
    error: null,
  })
  await act(shipment(value, { value: fired, hops: 2 }), signal)
  const { at } = shipment(null)
  const write = { accountId: 1, feedId: 19, datastreamId: 'heating', at, value: expected, hops: 3 }
  expect(written).toEqual([write, write])
})

test.each<[Outcome | Error, object]>([
  [{ result: 'duplicate' }, { outcome: 'delivered' }],
  [
    { result: 'rejected', reason: 'A value is too long' },
    { outcome: 'refused', error: 'A value is too long' },
  ],
  ...(['not_found', 'invalid', 'forbidden', 'too_large'] as ErrorCode[]).map((code): [Error, object] => [
    new SluiceError(code, 'Not to be'),
    { outcome: 'refused', error: 'Not to be' },
  ]),
  [new SluiceError('unavailable', 'Later'), { outcome: 'failed', error: 'Later' }],
  [new SluiceError('rate_limited', 'Later'), { outcome: 'failed', error: 'Later' }],
  [new Error('password of postgres'), { outcome: 'failed', error: 'The datapoint could not be written' }],
])('an archive that says %o', async (outcome, expected) => {
  const { append } = archive(outcome)
  expect(await makeDatapointAction({ append })(shipment('on'), signal)).toMatchObject(expected)
})

test('a chain of triggers ends after eight written points', async () => {
  const { written, append } = archive()
  const act = makeDatapointAction({ append })
  const last = await act(shipment('on', { hops: LIMITS.triggerHopsMax - 1 }), signal)
  expect([last.outcome, written]).toEqual(['delivered', [expect.objectContaining({ hops: LIMITS.triggerHopsMax })]])
  expect(await act(shipment('on', { hops: LIMITS.triggerHopsMax }), signal)).toMatchObject({
    outcome: 'refused',
    error: expect.stringContaining('This is a loop: 8 triggers'),
  })
  expect(written).toHaveLength(1)
})

test('without a value nothing is written, nor for a delivery of another kind', async () => {
  const { written, append } = archive()
  const act = makeDatapointAction({ append })
  expect(await act(shipment(null, { value: null }), signal)).toMatchObject({ outcome: 'refused' })
  expect(await act(shipmentOf({ action: { kind: 'email', to: 'a@b' } }), signal)).toMatchObject({ outcome: 'refused' })
  expect(written).toEqual([])
})

test('an archive that does not answer is left at the deadline', async () => {
  const act = makeDatapointAction({ append: () => new Promise(() => {}) })
  expect(await act(shipment('on'), AbortSignal.timeout(20))).toMatchObject({
    outcome: 'failed',
    error: 'There was no complete answer in time',
  })
})
