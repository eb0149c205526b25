import { expect, test } from 'vitest'
import { makeSlots } from './slots.ts'

const patient = new AbortController().signal

test('who finds no slot waits for one that is given back, in turn', async () => {
  const slots = makeSlots({ count: 1, waitMsMax: 10_000, busy: 'busy' })
  const first = await slots.take(patient)
  const order: string[] = []
  const second = slots.take(patient).then((release) => (order.push('second'), release))
  const third = slots.take(patient).then((release) => (order.push('third'), release))
  first()
  // giving back twice must not make two of one
  first()
  const release = await second
  expect(order).toEqual(['second'])
  release()
  await third
  expect(order).toEqual(['second', 'third'])
})

test.each([
  { name: 'the longest wait', waitMsMax: 1, signal: () => patient },
  { name: 'who waits is gone', waitMsMax: 10_000, signal: () => AbortSignal.abort() },
])('no longer than $name', async ({ waitMsMax, signal }) => {
  const slots = makeSlots({ count: 1, waitMsMax, busy: 'all busy' })
  const release = await slots.take(patient)
  await expect(slots.take(signal())).rejects.toMatchObject({
    code: 'unavailable',
    messages: ['all busy'],
    retryAfterS: 2,
  })
  release()
  await expect(slots.take(patient)).resolves.toBeTypeOf('function')
})
