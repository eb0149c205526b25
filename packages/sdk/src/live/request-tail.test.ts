import type { RequestEntry } from '@sluice/model'
import { expect, test } from 'vitest'
import type { RequestQuery } from '../requests.ts'
import { RequestTail } from './request-tail.ts'

/** A request log with entries 1 to `length`, as the server lists it: with `after` the oldest behind it, newest first. */
function log(length: number) {
  const ids = Array.from({ length }, (_, index) => index + 1)
  return {
    add: () => ids.push(ids.length + 1),
    list: async ({ after, limit = 50 }: RequestQuery) =>
      (after === undefined ? ids.slice(-limit) : ids.filter((id) => id > Number(after)).slice(0, limit))
        .toReversed()
        .map(entry),
  }
}
const entry = (id: number): RequestEntry => ({ id: String(id) }) as RequestEntry

test.each([
  { before: 0, during: 3 },
  { before: 9, during: 1 },
  { before: 99, during: 100 },
  { before: 950, during: 250 },
])('after $before entries, all of $during missed ones come once and in order', async ({ before, during }) => {
  const server = log(before)
  const tail = new RequestTail(server.list)
  await tail.learnPresent()
  for (let count = 0; count < during; count++) server.add()
  // the last one also came as an event
  const missed = [...(await tail.readMissed()), entry(before + during)]
  const ids = tail.take(missed).map(({ id }) => Number(id))
  expect(ids).toEqual(Array.from({ length: during }, (_, index) => before + index + 1))
  expect(tail.take(await tail.readMissed())).toEqual([])
})
