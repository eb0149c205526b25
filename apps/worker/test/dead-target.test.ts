import { setTimeout as pause } from 'node:timers/promises'
import type { TestTarget } from '@sluice/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openOutbox } from './outbox.ts'
import type { TestEngine, TestOutbox } from './outbox.ts'
import { startTarget } from './target.ts'
import type { Target } from './target.ts'

let outbox: TestOutbox
let target: Target
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox[Symbol.asyncDispose]())
beforeEach(async () => {
  target = await startTarget()
})
afterEach(() => target[Symbol.asyncDispose]())

test('after a recovery the rate grows by ten a second, the oldest first', async () => {
  let isUp = false
  target.answer = () => ({ status: isUp ? 200 : 500 })
  const to = await outbox.target(target.url)
  await outbox.queue(to, 10)
  await using engine = outbox.engine()
  engine.nudge()
  await expect.poll(() => target.received.length).toBe(10)
  // an attempt that was heard is not yet one that has failed
  await expect
    .poll(async () => (await outbox.db.pool.query('select from delivery where failures > 0')).rowCount)
    .toBe(10)
  const waiting = await outbox.queue(to, 300)
  engine.nudge()
  await pause(300)
  expect(target.received).toHaveLength(10)
  // retries are due in hours, so that what is seen is what waited
  await outbox.db.pool.query(`update delivery set due_at = platform_now() + interval '5 hours' where failures > 0`)
  isUp = true
  target.received.length = 0
  await outbox.move(61)
  engine.nudge()
  await expect.poll(() => target.received.length, { timeout: 10_000 }).toBeGreaterThan(70)
  const since = target.received.map(({ at }) => at - (target.received[0]?.at ?? 0))
  const until = (ms: number): number => since.filter((at) => at < ms).length
  // 10 in the first second and 20 in the second, with a claim every 250 ms and the probe before
  expect(until(1000)).toBeLessThanOrEqual(10 + 6)
  expect(until(2000)).toBeLessThanOrEqual(30 + 11)
  expect(until(3000)).toBeLessThanOrEqual(60 + 16)
  const order = target.received.map(({ id }) => waiting.indexOf(id))
  // those of one claim travel side by side
  for (const [place, index] of order.entries()) expect(Math.abs(index - place)).toBeLessThanOrEqual(10)
}, 30_000)

test('one dead target with 100,000 deliveries does not move the others', async () => {
  target.answer = ({ path }) => (path === '/dead' ? 'hang' : { status: 200 })
  const healthy: TestTarget[] = []
  for (let place = 0; place < 10; place++) healthy.push(await outbox.target(`${target.url}/${place}`))
  const dead = await outbox.target(`${target.url}/dead`)
  // attempts end after a second and not after fifteen, so that both is seen: a dead target fills its slots, and is given up
  await using engine = outbox.engine({ timing: { attemptMs: 1_000 } })
  await sendSteadily(engine, healthy, 1_000)
  const without = await sendSteadily(engine, healthy, 5_000)
  await outbox.queue(dead, 100_000)
  engine.nudge()
  const during = await sendSteadily(engine, healthy, 5_000)
  // ten at once, those that took the place of the first four failures, and one a minute; the rest are tried again later
  const begun = new Set(target.received.filter(({ path }) => path === '/dead').map(({ id }) => id)).size
  expect(begun).toBeGreaterThanOrEqual(10)
  expect(begun).toBeLessThanOrEqual(15)
  expect(during.p99Ms).toBeLessThanOrEqual(2 * without.p99Ms + 100)
}, 60_000)

/** Fifty deliveries a second, each to another target. @returns time from its commit to its arrival */
async function sendSteadily(engine: TestEngine, targets: readonly TestTarget[], forMs: number) {
  const committedAt = new Map<string, number>()
  const startedAt = performance.now()
  for (let sent = 0; sent * 20 < forMs; sent++) {
    await pause(Math.max(0, startedAt + sent * 20 - performance.now()))
    const [id] = await outbox.queue(targets[sent % targets.length] as TestTarget)
    committedAt.set(String(id), performance.now())
    engine.nudge()
  }
  const arrived = (): number[] =>
    target.received.flatMap(({ id, at }) => {
      const committed = committedAt.get(id)
      return committed === undefined ? [] : [at - committed]
    })
  await expect.poll(() => arrived().length, { timeout: 10_000 }).toBe(committedAt.size)
  const waits = arrived().toSorted((a, b) => a - b)
  return { p99Ms: waits[Math.floor(waits.length * 0.99)] ?? Infinity }
}
