import { ATTEMPT_SCHEDULE_S } from '@sluice/triggers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openOutbox } from './outbox.ts'
import type { TestOutbox } from './outbox.ts'
import { startTarget } from './target.ts'
import type { Target } from './target.ts'

let outbox: TestOutbox
let target: Target
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox[Symbol.asyncDispose]())
beforeEach(async () => {
  await outbox.db.pool.query('delete from account')
  target = await startTarget()
})
afterEach(() => target[Symbol.asyncDispose]())

const attemptsMade = (id: string | undefined) => async (): Promise<number> => (await outbox.attempts(id)).length

test.each([
  { outage: 'a day', outageS: 86_400, mayBe: ['delivered'] },
  // with the jitter the tenth attempt may come before or after that
  { outage: '76 hours', outageS: 76 * 3600, mayBe: ['delivered', 'dead'] },
  { outage: '100 hours', outageS: 100 * 3600, mayBe: ['dead'] },
])('after an outage of $outage a delivery is $mayBe, with attempts by the schedule', async ({ outageS, mayBe }) => {
  const startedAt = performance.now()
  target.answer = () => ({ status: 500 })
  const [id] = await outbox.queue(await outbox.target(target.url))
  let sinceS = 0
  for (let made = 1; made <= 10; made++) {
    const isOver = sinceS >= outageS
    // each attempt by another worker: nothing of the schedule is in its memory
    await using engine = outbox.engine()
    engine.nudge()
    await expect.poll(attemptsMade(id), { interval: 5 }).toBe(made)
    const { status, failures, dueInS, fence } = await outbox.delivery(id)
    expect({ status, failures, fence }).toEqual({
      status: isOver ? 'delivered' : made === 10 ? 'dead' : 'pending',
      failures: isOver ? made - 1 : made,
      fence: made,
    })
    if (status !== 'pending') break
    const scheduled = ATTEMPT_SCHEDULE_S[made] ?? Number.NaN
    expect(dueInS).toBeGreaterThan(scheduled * 0.8 - 1)
    expect(dueInS).toBeLessThan(scheduled * 1.2)
    await outbox.move(dueInS - 0.5)
    engine.nudge()
    expect(await attemptsMade(id)()).toBe(made)
    sinceS += dueInS
    // before the clock is moved: this engine may be quicker than the next one
    if (sinceS >= outageS) target.answer = () => ({ status: 200 })
    await outbox.move(0.5)
  }
  expect(mayBe).toContain((await outbox.delivery(id)).status)
  const made = await outbox.attempts(id)
  expect(target.received.map((request) => request.id)).toEqual(made.map(() => id))
  expect(new Set(target.received.map(({ body }) => body)).size).toBe(1)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test.each([
  { status: 429, retryAfterS: 600, leastS: 600, mostS: 600 },
  { status: 503, retryAfterS: 1, leastS: 4, mostS: 6 },
  { status: 503, retryAfterS: 90_000, leastS: 86_400, mostS: 86_400 },
])(
  '$status with Retry-After $retryAfterS: the next attempt in $leastS s',
  async ({ status, retryAfterS, leastS, mostS }) => {
    target.answer = () => ({ status, retryAfterS })
    const to = await outbox.target(target.url)
    const [id] = await outbox.queue(to)
    await using engine = outbox.engine()
    engine.nudge()
    await expect.poll(attemptsMade(id), { interval: 5 }).toBe(1)
    const { dueInS } = await outbox.delivery(id)
    expect(dueInS).toBeGreaterThan(leastS - 1)
    expect(dueInS).toBeLessThanOrEqual(mostS)
    // what comes now waits as long as the target asked
    const [later] = await outbox.queue(to)
    target.answer = () => ({ status: 200 })
    await outbox.move(Math.min(retryAfterS, 86_400) - 1)
    engine.nudge()
    const healthy = await outbox.queue(await outbox.target(`${target.url}/healthy`))
    await expect.poll(attemptsMade(healthy[0]), { interval: 5 }).toBe(1)
    expect(await attemptsMade(later)()).toBe(0)
    await outbox.move(1)
    engine.nudge()
    await expect.poll(attemptsMade(later), { interval: 5 }).toBe(1)
  },
)

test('410 ends the delivery and disables the endpoint; what else waits for it stays', async () => {
  target.answer = () => ({ status: 410 })
  const to = await outbox.target(target.url)
  const [id] = await outbox.queue(to)
  await using engine = outbox.engine()
  engine.nudge()
  await expect.poll(attemptsMade(id), { interval: 5 }).toBe(1)
  expect(await outbox.delivery(id)).toMatchObject({ status: 'dead', error: 'The target answered 410' })
  const [later] = await outbox.queue(to)
  const [other] = await outbox.queue(await outbox.target(`${target.url}/other`))
  await expect.poll(attemptsMade(other), { interval: 5 }).toBe(1)
  expect(await outbox.delivery(later)).toMatchObject({ status: 'pending', fence: 0 })
})

test('what our own rules refuse is not tried again', async () => {
  const [id] = await outbox.queue(await outbox.target('http://169.254.169.254/'))
  const nothing = { requestHeaders: {}, responseHeaders: {}, responseBody: '', retryAfterMs: null, isGone: false }
  await using engine = outbox.engine({
    act: async () => ({ outcome: 'refused', status: null, error: 'not public', ...nothing }),
  })
  engine.nudge()
  await expect.poll(attemptsMade(id), { interval: 5 }).toBe(1)
  expect(await outbox.delivery(id)).toMatchObject({ status: 'dead', error: 'not public' })
})
