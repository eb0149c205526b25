import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Act } from '../src/action.ts'
import { openOutbox } from './outbox.ts'
import type { TestOutbox } from './outbox.ts'
import { startWorkerProcess } from './start-worker-process.ts'
import { failed, post, startTarget } from './target.ts'
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

const statusOf = (id: string | undefined) => async (): Promise<string> => (await outbox.delivery(id)).status
const received = (): string[] => target.received.map(({ id }) => id)

/** A POST that says nothing until it is let go. */
function gated(): { act: Act; begun: Promise<void>; open(): void } {
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const act: Act = async (shipment, signal) => {
    begun.resolve()
    await gate.promise
    return post(shipment, signal)
  }
  return { act, begun: begun.promise, open: gate.resolve }
}

test('every delivery arrives once, its owner is told, and the attempt is kept', async () => {
  const told: { id: string; status: string; login: string; feedId: number }[] = []
  await using engine = outbox.engine({ onAttempt: (delivery) => told.push(delivery) })
  const targets = await Promise.all(['a', 'b', 'c'].map((path) => outbox.target(`${target.url}/${path}`)))
  const ids = (await Promise.all(targets.map((to) => outbox.queue(to, 50)))).flat()
  engine.nudge()
  await expect.poll(() => told.length).toBe(150)
  expect(received().toSorted()).toEqual(ids.toSorted())
  expect(told.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  const [first] = targets
  const known = { status: 'delivered', login: first?.login, feedId: first?.feedId, triggerId: first?.triggerId }
  expect(told.find(({ id }) => id === ids[0])).toMatchObject(known)
  expect(await outbox.delivery(ids[0])).toMatchObject({ status: 'delivered', failures: 0, error: null })
  const [kept, ...more] = await outbox.attempts(ids[0])
  expect(more).toEqual([])
  expect(kept).toMatchObject({ fence: 1, outcome: 'delivered', error: null })
})

test('secrets reach the action, the one before only while it still signs', async () => {
  const seen: (readonly string[])[] = []
  await using engine = outbox.engine({ act: async ({ secrets }) => (seen.push(secrets), failed('no')) })
  const to = await outbox.target(target.url)
  await outbox.db.pool.query(
    `update endpoint set secret = 'whsec_new', previous_secret = 'whsec_old', previous_until = platform_now() + interval '24 hours'`,
  )
  await outbox.queue(to)
  engine.nudge()
  await expect.poll(() => seen).toEqual([['whsec_new', 'whsec_old']])
  await outbox.move(86_401)
  engine.nudge()
  await expect.poll(() => seen.at(-1)).toEqual(['whsec_new'])
})

test('a worker that was held up past its lease records its attempt as late and leaves the delivery alone', async () => {
  const [slow, quick] = [gated(), gated()]
  const [id] = await outbox.queue(await outbox.target(target.url))
  await using first = outbox.engine({ act: slow.act })
  first.nudge()
  await slow.begun
  // no more claims by the first
  const ended = first.drain()
  await outbox.move(21)
  await using second = outbox.engine({ act: quick.act })
  second.nudge()
  await quick.begun
  slow.open()
  await ended
  expect(await outbox.attempts(id)).toMatchObject([{ fence: 1, outcome: 'late' }])
  expect(await outbox.delivery(id)).toMatchObject({ status: 'pending', isLeased: true, fence: 2 })
  quick.open()
  await expect.poll(statusOf(id)).toBe('delivered')
  expect((await outbox.attempts(id)).map(({ outcome }) => outcome).toSorted()).toEqual(['delivered', 'late'])
  expect(received()).toEqual([id, id])
})

test('a worker that goes lets attempts end, and gives the other leases back', async () => {
  target.answer = ({ path }) => (path === '/hangs' ? 'hang' : { status: 200 })
  const slow = gated()
  const act: Act = async (shipment, signal) =>
    shipment.action.kind === 'http' && shipment.action.url.endsWith('/slow')
      ? slow.act(shipment, signal)
      : post(shipment, signal)
  const engine = outbox.engine({ act, timing: { drainMs: 300 } })
  const [hanging] = await outbox.queue(await outbox.target(`${target.url}/hangs`))
  const [ending] = await outbox.queue(await outbox.target(`${target.url}/slow`))
  engine.nudge()
  await slow.begun
  await expect.poll(received).toEqual([hanging])
  const drained = engine.drain()
  const [later] = await outbox.queue(await outbox.target(`${target.url}/later`))
  engine.nudge()
  slow.open()
  await drained
  expect(await outbox.delivery(ending)).toMatchObject({ status: 'delivered' })
  expect(await outbox.attempts(hanging)).toEqual([])
  const left = await outbox.delivery(hanging)
  expect(left).toMatchObject({ status: 'pending', isLeased: false, failures: 0, fence: 1 })
  expect(left.dueInS).toBeLessThanOrEqual(0)
  expect(await outbox.delivery(later)).toMatchObject({ fence: 0 })
  target.answer = () => ({ status: 200 })
  await using next = outbox.engine()
  next.nudge()
  await expect.poll(statusOf(hanging)).toBe('delivered')
})

test('what a killed worker held is taken over when the lease has ended, after 20 s', async () => {
  target.answer = () => 'hang'
  const [id] = await outbox.queue(await outbox.target(target.url))
  const child = startWorkerProcess({ databaseUrl: outbox.url })
  await expect.poll(received, { timeout: 15_000 }).toEqual([id])
  await child.kill()
  target.answer = () => ({ status: 200 })
  await using engine = outbox.engine()
  const [other] = await outbox.queue(await outbox.target(`${target.url}/other`))
  await expect.poll(statusOf(other)).toBe('delivered')
  expect(await outbox.delivery(id)).toMatchObject({ isLeased: true, fence: 1 })
  await outbox.move(20)
  engine.nudge()
  await expect.poll(statusOf(id)).toBe('delivered')
  expect(await outbox.delivery(id)).toMatchObject({ fence: 2, failures: 0 })
})

test.each([
  { failpoint: 'worker.afterLease', arrives: 1, attempts: [2] },
  { failpoint: 'worker.beforeSend', arrives: 1, attempts: [2] },
  // it cannot be known whether it arrived, so it is sent again
  { failpoint: 'worker.afterResult', arrives: 2, attempts: [2] },
  { failpoint: 'worker.afterRecord', arrives: 1, attempts: [1] },
])('a worker killed at $failpoint: the delivery arrives $arrives times', async ({ failpoint, arrives, attempts }) => {
  const [id] = await outbox.queue(await outbox.target(target.url))
  const child = startWorkerProcess({ databaseUrl: outbox.url, failpoint })
  expect(await child.ended).toBe('SIGKILL')
  await outbox.move(20)
  await using engine = outbox.engine()
  engine.nudge()
  await expect.poll(statusOf(id)).toBe('delivered')
  expect(received()).toEqual(Array.from({ length: arrives }, () => id))
  expect((await outbox.attempts(id)).map(({ fence }) => fence)).toEqual(attempts)
})

test('an action that throws, or ignores the end of its time, is a failed attempt', async () => {
  const act: Act = ({ value }) => (value === '1' ? Promise.reject(new Error('a defect')) : new Promise(() => {}))
  const ids = await outbox.queue(await outbox.target(target.url), 2)
  await using engine = outbox.engine({ act, timing: { attemptMs: 100 } })
  engine.nudge()
  await expect
    .poll(async () => (await Promise.all(ids.map(outbox.attempts))).map((list) => list.length), { timeout: 5000 })
    .toEqual([1, 1])
  const errors = await Promise.all(ids.map(async (id) => (await outbox.delivery(id)).error))
  expect(errors).toEqual([
    'The attempt could not be made because of an error in this server',
    'There was no complete answer in time',
  ])
})

test('a delivery that kills its worker ends after twenty leases and blocks nobody', async () => {
  const told: { id: string; status: string }[] = []
  const ids = await outbox.queue(await outbox.target(target.url), 3)
  await outbox.db.pool.query('update delivery set fence = 20 where id = $1', [ids[0]])
  await using engine = outbox.engine({ onAttempt: (delivery) => told.push(delivery) })
  engine.nudge()
  await expect
    .poll(() => told.map(({ id, status }) => `${id} ${status}`).toSorted())
    .toEqual([`${ids[0]} dead`, `${ids[1]} delivered`, `${ids[2]} delivered`].toSorted())
  expect(received()).not.toContain(ids[0])
})

test('a delivery whose trigger was deleted is cancelled, and its owner told', async () => {
  const told: { id: string; status: string }[] = []
  const to = await outbox.target(target.url)
  const [id] = await outbox.queue(to)
  await outbox.db.pool.query('delete from trigger where id = $1', [to.triggerId])
  await using engine = outbox.engine({ onAttempt: (delivery) => told.push(delivery) })
  engine.nudge()
  await expect.poll(() => told).toMatchObject([{ id, status: 'cancelled' }])
  expect(await outbox.delivery(id)).toMatchObject({ status: 'cancelled', error: 'The trigger was deleted' })
  expect(received()).toEqual([])
})

test('a paused endpoint waits and goes on where it was', async () => {
  const to = await outbox.target(target.url)
  await outbox.db.pool.query('update endpoint set is_paused = true where id = $1', [to.endpointId])
  const ids = await outbox.queue(to, 3)
  await using engine = outbox.engine()
  const [other] = await outbox.queue(await outbox.target(`${target.url}/other`))
  engine.nudge()
  await expect.poll(statusOf(other)).toBe('delivered')
  expect(received()).toEqual([other])
  await outbox.db.pool.query('update endpoint set is_paused = false where id = $1', [to.endpointId])
  await expect.poll(received).toEqual([other, ...ids])
})

test('an engine goes on when the database was away', async () => {
  await using engine = outbox.engine()
  const to = await outbox.target(target.url)
  const slow = gated()
  await using holding = outbox.engine({ act: slow.act })
  const [first] = await outbox.queue(to)
  holding.nudge()
  await expect.poll(async () => (await outbox.delivery(first)).fence).toBe(1)
  for (let round = 0; round < 3; round++) {
    await outbox.db.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    )
    slow.open()
  }
  const [second] = await outbox.queue(to)
  engine.nudge()
  await expect.poll(statusOf(first)).toBe('delivered')
  await expect.poll(statusOf(second)).toBe('delivered')
})
