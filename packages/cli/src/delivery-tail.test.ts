import type { DeliveryDocument } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { DeliveryTail } from './delivery-tail.ts'

const T0 = Date.parse('2026-11-22T12:00:00.000Z')

/** A list of deliveries as the server keeps it: delivery n fires at second n, unless told otherwise. */
function server(count: number) {
  const rows = Array.from({ length: count }, (_, index) => delivery(index + 1))
  let requests = 0
  return {
    /** commits, in any order of numbers */
    add: (...more: DeliveryDocument[]) => void rows.push(...more),
    requests: () => requests,
    list: async ({ before = Infinity, limit }: { before?: number; limit: number }) => {
      requests++
      return rows
        .filter(({ number }) => number < before)
        .toSorted((left, right) => right.number - left.number)
        .slice(0, limit)
    },
  }
}
function delivery(number: number, second = number): DeliveryDocument {
  return { id: `d${number}`, number, fired_at: new Date(T0 + second * 1000).toISOString() } as DeliveryDocument
}
const numbers = (deliveries: readonly DeliveryDocument[]): number[] => deliveries.map(({ number }) => number)
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('begin', () => {
  test.each([
    { count: 0, since: null, news: [] },
    { count: 2000, since: null, news: [] },
    { count: 2000, since: 1998, news: [1998, 1999, 2000] },
    { count: 2000, since: 901, news: range(901, 2000) },
    { count: 20, since: -60, news: range(1, 20) },
    { count: 20, since: 600, news: [] },
  ])('at $since of $count', async ({ count, since, news }) => {
    const tail = new DeliveryTail(server(count).list)
    const begun = await tail.begin(since === null ? null : T0 + since * 1000)
    expect({ ...begun, deliveries: numbers(begun.deliveries) }).toEqual({ deliveries: news, isComplete: true })
    expect((await tail.readMissed()).deliveries).toEqual([])
  })

  test('what is beyond 10,000 is not fetched, and that is told', async () => {
    const { list } = server(12_000)
    const begun = await new DeliveryTail(list).begin(T0)
    expect(begun.isComplete).toBe(false)
    expect(begun.deliveries.length).toBeGreaterThanOrEqual(10_000)
    expect(begun.deliveries.at(-1)?.number).toBe(12_000)
  })
})

describe('after that', () => {
  test.each([{ missed: 1 }, { missed: 49 }, { missed: 50 }, { missed: 51 }, { missed: 1700 }])(
    '$missed missed come once, in order',
    async ({ missed }) => {
      const { list, add } = server(100)
      const tail = new DeliveryTail(list)
      await tail.begin(null)
      add(...range(101, 100 + missed).map((number) => delivery(number)))
      expect(numbers((await tail.readMissed()).deliveries)).toEqual(range(101, 100 + missed))
      expect((await tail.readMissed()).deliveries).toEqual([])
      expect(tail.take([delivery(100 + missed)])).toEqual([])
    },
  )

  test('an announced one is not listed again, a listed one is not announced again', async () => {
    const { list, add } = server(3)
    const tail = new DeliveryTail(list)
    await tail.begin(null)
    add(delivery(4), delivery(5), delivery(6))
    expect(tail.isNews(delivery(5))).toBe(true)
    expect(numbers(tail.take([delivery(5), delivery(5)]))).toEqual([5])
    expect(tail.isNews(delivery(5))).toBe(false)
    expect(numbers((await tail.readMissed()).deliveries)).toEqual([4, 6])
    expect(tail.take([delivery(4), delivery(6), delivery(3)])).toEqual([])
    // one of before that is sent again
    expect(tail.isNews(delivery(2))).toBe(false)
  })

  test('a smaller number that was committed later is not lost, nor are those around it told twice', async () => {
    const { list, add } = server(0)
    const tail = new DeliveryTail(list)
    await tail.begin(null)
    add(...range(1, 80).map((number) => delivery(number)), delivery(83))
    expect(await tail.readMissed()).toMatchObject({ deliveries: { length: 81 } })
    add(delivery(82), delivery(81))
    expect(numbers((await tail.readMissed()).deliveries)).toEqual([81, 82])
  })

  test('a database clock that was set back hides nothing', async () => {
    const { list, add } = server(500)
    const tail = new DeliveryTail(list)
    await tail.begin(null)
    add(delivery(501, 10), delivery(502, 11))
    expect(numbers((await tail.readMissed()).deliveries)).toEqual([501, 502])
    add(delivery(503, 12))
    expect(numbers((await tail.readMissed()).deliveries)).toEqual([503])
    expect((await tail.readMissed()).deliveries).toEqual([])
  })

  test('looking in vain costs one request', async () => {
    const { list, requests } = server(5000)
    const tail = new DeliveryTail(list)
    await tail.begin(null)
    const before = requests()
    await tail.readMissed()
    expect(requests() - before).toBe(1)
  })
})
