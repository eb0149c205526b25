import { SluiceError } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { IngestQueue } from './ingest-queue.ts'

const LIMITS = { points: 4000, bytes: 1_000_000, accountShare: 0.5 }
const write = (accountId: number, points: number, value = '1') => ({
  accountId,
  points: Array.from({ length: points }, () => ({ value })),
})

describe('a batch', () => {
  test('takes writes in order, and closes at 1000 points', () => {
    const queue = new IngestQueue(LIMITS)
    const writes = [write(1, 500), write(1, 499), write(1, 2), write(1, 1)]
    for (const one of writes) queue.push(one)
    expect(queue.take()).toEqual(writes.slice(0, 3))
    expect(queue.take()).toEqual(writes.slice(3))
    expect(queue.take()).toEqual([])
  })

  test('never splits a write, even one larger than a batch', () => {
    const queue = new IngestQueue(LIMITS)
    queue.push(write(1, 1500))
    expect(queue.take().map((one) => one.points.length)).toEqual([1500])
  })

  test('gives an account that floods its turn, not the whole batch', () => {
    const queue = new IngestQueue(LIMITS)
    for (let count = 0; count < 4; count++) queue.push(write(1, 500))
    queue.push(write(2, 1))
    queue.push(write(3, 1))
    expect(queue.take().map((one) => one.accountId)).toEqual([1, 2, 3, 1])
  })
})

describe('a full queue', () => {
  test.each([
    {
      full: 'all points',
      fill: [write(1, 2000), write(2, 1999)],
      refused: write(3, 2),
      says: /more datapoints waiting than it/,
    },
    { full: 'one account', fill: [write(1, 1999)], refused: write(1, 2), says: /than its share/ },
    { full: 'all bytes', fill: [write(1, 2, 'x'.repeat(499_000))], refused: write(2, 40), says: /than it can store/ },
  ])('$full: refuses the whole write with Retry-After, and takes again after a batch', ({ fill, refused, says }) => {
    const queue = new IngestQueue(LIMITS)
    for (const one of fill) queue.push(one)
    const before = queue.depth
    const failure = failureOf(() => queue.push(refused))
    expect(failure).toMatchObject({ code: 'unavailable', retryAfterS: 2 })
    expect(failure?.message).toMatch(says)
    expect(queue.depth).toEqual(before)
    queue.take()
    queue.take()
    queue.take()
    queue.push(refused)
    expect(queue.take()).toEqual([refused])
  })
})

test('depth is what waits', () => {
  const queue = new IngestQueue(LIMITS)
  queue.push(write(1, 2, 'abc'))
  expect(queue.depth).toEqual({ points: 2, bytes: 2 * (3 + 64) })
  queue.take()
  expect(queue.depth).toEqual({ points: 0, bytes: 0 })
})

function failureOf(work: () => void): SluiceError | null {
  try {
    work()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  return null
}
