import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type ClaimedDelivery,
  type NewAttempt,
  type RecordedAttempt,
  claimDeliveries,
  recordAttempts,
  releaseDeliveries,
} from '../src/index.ts'
import {
  type TestDatabase,
  type TestTarget,
  makeTestTarget,
  movableClock,
  openTestDatabase,
  queueTestDeliveries,
} from '../src/testing.ts'

let database: TestDatabase
let move: (aheadS: number) => Promise<void>
let accounts = 0
beforeAll(async () => {
  database = await openTestDatabase()
  move = await movableClock(database.db)
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(() => database.db.pool.query('delete from account'))

const target = (): Promise<TestTarget> => makeTestTarget(database.db, `account${++accounts}`, 'http://a.example/')
const queue = (to: TestTarget, count?: number): Promise<string[]> => queueTestDeliveries(database.db, to, count)
const claim = (free = 100, busy: [number, number][] = []): Promise<ClaimedDelivery[]> =>
  claimDeliveries(database.db.pool, { free, busy: new Map(busy) })
const record = (attempts: readonly NewAttempt[]): Promise<RecordedAttempt[]> =>
  recordAttempts(database.db.pool, attempts)

function attempt(lease: { id: string; fence: number }, change: Partial<NewAttempt> = {}): NewAttempt {
  const answer = { status: 200, error: null, requestHeaders: {}, responseHeaders: {}, responseBody: 'ok' }
  const when = { agoMs: 5, durationMs: 4, retryMs: null, retryAfterMs: null, isGone: false }
  return { id: lease.id, fence: lease.fence, outcome: 'delivered', ...answer, ...when, ...change }
}
const failure = (lease: { id: string; fence: number }, change: Partial<NewAttempt> = {}): NewAttempt =>
  attempt(lease, { outcome: 'failed', status: 500, error: 'HTTP 500', retryMs: 5000, ...change })

async function row<T extends Record<string, unknown>>(sql: string, value: unknown): Promise<T> {
  const { rows } = await database.db.pool.query<T>(sql, [value])
  if (!rows[0]) throw new Error('no row')
  return rows[0]
}
const deliveryRow = (id: string | undefined) =>
  row(
    'select status, failures, fence, is_leased, error, finished_at is not null as ended from delivery where id = $1',
    id,
  )
const endpointRow = (to: TestTarget) =>
  row(
    `select failures, failing_since is not null as failing, disabled_reason,
       round(extract(epoch from held_until - platform_now()))::int as held_s,
       recovered_at is not null as recovered from endpoint where id = $1`,
    to.endpointId,
  )

/** Fails deliveries until the endpoint is failing. */
async function breakEndpoint(to: TestTarget): Promise<void> {
  await queue(to, 5)
  await record((await claim()).map((lease) => failure(lease, { retryMs: 86_400_000 })))
}

test('each claim takes turns over the endpoints, the oldest of each first, ten of one at most', async () => {
  const [a, b, c] = [await target(), await target(), await target()]
  const idsA = await queue(a, 30)
  const idsB = await queue(b, 3)
  const idsC = await queue(c, 30)
  const first = await claim(12, [[c.endpointId, 7]])
  const of = (to: TestTarget, claims: ClaimedDelivery[]) =>
    claims.filter(({ endpointId }) => endpointId === to.endpointId).map(({ id }) => id)
  expect(of(b, first)).toEqual(idsB)
  expect(of(a, first)).toEqual(idsA.slice(0, 8))
  expect(of(c, first)).toEqual(idsC.slice(0, 1))
  const second = await claim(100, [
    [a.endpointId, 8],
    [c.endpointId, 10],
  ])
  expect(second.map(({ id }) => id)).toEqual(idsA.slice(8, 10))
  expect(second[0]).toMatchObject({
    status: 'pending',
    fence: 1,
    failures: 0,
    login: a.login,
    kind: 'http',
    value: '9',
  })
  expect(second[0]).toMatchObject({ isTakeover: false, secret: null, previousSecret: null, verifiesTls: true, hops: 0 })
})

test('two that claim at once share, and never get the same', async () => {
  const targets = await Promise.all(Array.from({ length: 20 }, target))
  const ids = await Promise.all(targets.map((to) => queue(to, 5)))
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim(20)))
  const taken = claims.flat().map(({ id }) => id)
  expect(new Set(taken).size).toBe(taken.length)
  taken.push(...(await claim(100)).map(({ id }) => id))
  expect(taken.toSorted()).toEqual(ids.flat().toSorted())
})

test('a lease ends by itself, and only the one who holds it moves the delivery', async () => {
  const to = await target()
  const [id] = await queue(to)
  const [old] = await claim()
  await move(19)
  expect(await claim()).toEqual([])
  await move(2)
  const [taken] = await claim()
  expect(taken).toMatchObject({ id, fence: 2, isTakeover: true })
  if (!old || !taken) throw new Error('not claimed')
  expect(await record([attempt(old)])).toMatchObject([{ outcome: 'late', status: 'pending', health: null }])
  expect(await deliveryRow(id)).toMatchObject({ status: 'pending', fence: 2, is_leased: true })
  const [recorded] = await record([attempt(taken)])
  expect(recorded).toMatchObject({ outcome: 'delivered', status: 'delivered', nextAt: null, health: { failures: 0 } })
  expect(await record([attempt(taken)])).toMatchObject([{ status: 'delivered', health: null }])
  expect(await deliveryRow(id)).toMatchObject({ status: 'delivered', failures: 0, is_leased: false, ended: true })
  const { rows } = await database.db.pool.query(
    'select fence, outcome from attempt where delivery_id = $1 order by 1',
    [id],
  )
  expect(rows).toEqual([
    { fence: 1, outcome: 'late' },
    { fence: 2, outcome: 'delivered' },
  ])
})

test('a lease that is given back is due at once and counts as no failure; a lost one is left alone', async () => {
  const [id] = await queue(await target())
  const [lease] = await claim()
  if (!lease) throw new Error('not claimed')
  await releaseDeliveries(database.db.pool, [{ id: lease.id, fence: 7 }])
  expect(await claim()).toEqual([])
  await releaseDeliveries(database.db.pool, [lease])
  expect(await claim()).toMatchObject([{ id, fence: 2, failures: 0, isTakeover: false }])
})

test('a claim may be of some endpoints only', async () => {
  const [a, b, c] = [await target(), await target(), await target()]
  await breakEndpoint(c)
  const idsA = await queue(a, 2)
  await queue(b, 1)
  const [lease] = await claimDeliveries(database.db.pool, { free: 1, busy: new Map() }, [a.endpointId])
  if (!lease) throw new Error('not claimed')
  await record([failure(lease, { retryMs: 0 })])
  await queue(c)
  const only = await claimDeliveries(database.db.pool, { free: 100, busy: new Map() }, [a.endpointId, c.endpointId])
  expect(only.map(({ id }) => id).toSorted()).toEqual(idsA.toSorted())
  expect(await claimDeliveries(database.db.pool, { free: 100, busy: new Map() }, [a.endpointId])).toEqual([])
})

test('paused and disabled endpoints are left out', async () => {
  const [a, b] = [await target(), await target()]
  await queue(a)
  await queue(b)
  await database.db.pool.query('update endpoint set is_paused = true where id = $1', [a.endpointId])
  await database.db.pool.query('update endpoint set disabled_at = platform_now() where id = $1', [b.endpointId])
  expect(await claim()).toEqual([])
  await database.db.pool.query('update endpoint set is_paused = false, disabled_at = null')
  expect(await claim()).toHaveLength(2)
})

test('a delivery whose trigger is gone is cancelled when its turn comes, a test delivery is not', async () => {
  const to = await target()
  const [id, tested] = await queue(to, 2)
  await database.db.pool.query('update delivery set is_test = true where id = $1', [tested])
  await database.db.pool.query('delete from trigger where id = $1', [to.triggerId])
  const claims = await claim()
  expect(claims.find((one) => one.id === id)).toMatchObject({ status: 'cancelled', error: 'The trigger was deleted' })
  expect(claims.find((one) => one.id === tested)).toMatchObject({ status: 'pending' })
  expect(await deliveryRow(id)).toMatchObject({ status: 'cancelled', is_leased: false, ended: true })
})

test('what was cancelled during the attempt stays cancelled, and the attempt is shown as what it was', async () => {
  const [id] = await queue(await target())
  const [lease] = await claim()
  if (!lease) throw new Error('not claimed')
  await database.db.pool.query(`update delivery set status = 'cancelled', finished_at = platform_now()`)
  expect(await record([attempt(lease)])).toMatchObject([{ outcome: 'delivered', status: 'cancelled', nextAt: null }])
  expect(await deliveryRow(id)).toMatchObject({ status: 'cancelled', error: null })
})

test('a delivery that no worker survives is dead after twenty leases that nobody told the outcome of', async () => {
  const [poison, old] = await queue(await target(), 2)
  await database.db.pool.query('update delivery set fence = 20')
  await database.db.pool.query(
    `insert into attempt (delivery_id, fence, at, duration_ms, outcome, request_headers, response_headers, response_body)
     values ($1, 1, platform_now(), 1, 'failed', '{}', '{}', '')`,
    [old],
  )
  const claims = await claim()
  expect(claims.find((one) => one.id === poison)).toMatchObject({ status: 'dead' })
  expect(claims.find((one) => one.id === old)).toMatchObject({ status: 'pending', fence: 21 })
  expect(await deliveryRow(poison)).toMatchObject({ error: expect.stringContaining('20 times') as string, ended: true })
})

test.each([
  { of: 'a failed one', change: { retryMs: 5000 }, status: 'pending', failures: 1 },
  { of: 'the last failed one', change: { retryMs: null }, status: 'dead', failures: 1 },
  { of: 'a refused one', change: { outcome: 'refused', retryMs: 5000 }, status: 'dead', failures: 1 },
  { of: '410', change: { isGone: true, retryMs: 5000 }, status: 'dead', failures: 1 },
] as const)('$of leaves the delivery $status', async ({ change, status, failures }) => {
  const [id] = await queue(await target())
  const [lease] = await claim()
  if (!lease) throw new Error('not claimed')
  const [recorded] = await record([failure(lease, change)])
  expect(recorded).toMatchObject({ status, outcome: 'outcome' in change ? change.outcome : 'failed' })
  const left = await deliveryRow(id)
  expect(left).toEqual({ status, failures, fence: 1, is_leased: false, error: 'HTTP 500', ended: status === 'dead' })
  await move(4)
  expect(await claim()).toEqual([])
  await move(2)
  expect(await claim()).toHaveLength(status === 'pending' ? 1 : 0)
})

test('410 disables the endpoint at once', async () => {
  const to = await target()
  await queue(to, 2)
  const [lease, other] = await claim()
  if (!lease || !other) throw new Error('not claimed')
  expect(await record([failure(lease, { isGone: true })])).toMatchObject([{ health: { isDisabled: true } }])
  expect(await endpointRow(to)).toMatchObject({ disabled_reason: 'The target answered 410 Gone' })
  await record([attempt(other)])
  expect(await endpointRow(to)).toMatchObject({ disabled_reason: 'The target answered 410 Gone' })
})

test('after five failures what had no attempt waits, one a minute; scheduled retries go on', async () => {
  const to = await target()
  await breakEndpoint(to)
  expect(await endpointRow(to)).toMatchObject({ failures: 5, failing: true, held_s: 60, recovered: false })
  await database.db.pool.query(`update delivery set due_at = platform_now() + interval '30 seconds'`)
  const waiting = await queue(to, 20)
  expect(await claim()).toEqual([])
  await move(31)
  const retries = await claim()
  expect(retries.map(({ failures }) => failures)).toEqual([1, 1, 1, 1, 1])
  await record(retries.map((lease) => failure(lease, { retryMs: 86_400_000 })))
  await move(30)
  const [first, second] = await Promise.all([claim(), claim()])
  expect([...first, ...second].map(({ id }) => id)).toEqual(waiting.slice(0, 1))
  expect(await claim()).toEqual([])
  expect(await endpointRow(to)).toMatchObject({ failures: 10, held_s: 60 })
  await move(61)
  // of the first probe the lease has ended, a moment ago: it is the youngest now
  expect((await claim()).map(({ id }) => id)).toEqual(waiting.slice(1, 2))
})

test('after a recovery what waited follows oldest first, 10/s in the first second, 20/s in the next', async () => {
  const to = await target()
  await breakEndpoint(to)
  const waiting = await queue(to, 200)
  await move(61)
  const [probe] = await claim()
  if (!probe) throw new Error('no probe')
  // the clock of the test stands still but for what statements take
  expect(await record([attempt(probe)])).toMatchObject([{ health: { failures: 0, failingSeconds: null } }])
  expect(await endpointRow(to)).toMatchObject({ failures: 0, failing: false, recovered: true })
  const sent: string[] = [probe.id]
  const perSecond: number[] = []
  for (let step = 0; step < 16; step++) {
    await move(0.25)
    const claims = await claim()
    await record(claims.map((lease) => attempt(lease)))
    sent.push(...claims.map(({ id }) => id))
    perSecond[Math.floor(step / 4)] = (perSecond[Math.floor(step / 4)] ?? 0) + claims.length
  }
  expect(sent).toEqual(waiting.slice(0, sent.length))
  for (const [second, count] of perSecond.entries()) {
    expect(count).toBeGreaterThanOrEqual(second * 10 + 5)
    expect(count).toBeLessThanOrEqual(second * 10 + 25)
  }
})

test('Retry-After holds what had no attempt, also across a success', async () => {
  const to = await target()
  await queue(to, 2)
  const [asked, fine] = await claim()
  if (!asked || !fine) throw new Error('not claimed')
  await record([failure(asked, { status: 429, retryMs: 120_000, retryAfterMs: 120_000 })])
  await record([attempt(fine)])
  expect(await endpointRow(to)).toMatchObject({ failures: 0, held_s: 120 })
  await queue(to, 3)
  expect(await claim()).toEqual([])
  await move(121)
  expect(await claim()).toHaveLength(4)
})

test('an endpoint is disabled by 120 hours of nothing but failures', async () => {
  const to = await target()
  await breakEndpoint(to)
  await move(119 * 3600)
  const [lease] = await claim()
  if (!lease) throw new Error('not claimed')
  const [early] = await record([failure(lease)])
  expect(early?.health).toMatchObject({ isDisabled: false })
  expect(early?.health?.failingSeconds).toBeGreaterThan(119 * 3600)
  await move(3600)
  const [last] = await claim()
  if (!last) throw new Error('not claimed')
  expect(await record([failure(last)])).toMatchObject([{ health: { isDisabled: true } }])
  expect(await endpointRow(to)).toMatchObject({ disabled_reason: 'Nothing but failures for 120 hours' })
})

test('within one batch the order of attempts decides about the health', async () => {
  const to = await target()
  await queue(to, 9)
  const leases = await claim()
  const outcomes = [failure, failure, attempt, failure, failure, failure].map((make, index) => {
    const lease = leases[index]
    if (!lease) throw new Error('not claimed')
    return make(lease)
  })
  expect((await record(outcomes)).at(-1)?.health).toMatchObject({ failures: 3, isDisabled: false })
  const refused = leases.slice(6).map((lease) => failure(lease, { outcome: 'refused' }))
  expect((await record(refused)).at(-1)?.health).toBeNull()
  expect(await endpointRow(to)).toMatchObject({ failures: 3, held_s: null, recovered: false })
})

test('text that Postgres cannot hold does not lose the attempt', async () => {
  const [id] = await queue(await target())
  const [lease] = await claim()
  if (!lease) throw new Error('not claimed')
  const odd = 'a\0b\ud800'
  const fields = { error: odd, responseBody: odd, requestHeaders: { x: odd }, responseHeaders: { [odd]: odd } }
  const gone = { id: '00000000-0000-4000-8000-000000000000', fence: 1 }
  expect(await record([attempt(gone), failure(lease, fields)])).toMatchObject([{ id, status: 'pending' }])
  const kept = await row('select error, response_body, response_headers from attempt where delivery_id = $1', id)
  const clean = 'a\uFFFDb\uFFFD'
  expect(kept).toEqual({ error: clean, response_body: clean, response_headers: { [clean]: clean } })
})

test('twenty thousand waiting deliveries do not slow a claim down, neither before nor after their endpoint fails', async () => {
  const [few, dead, healthy] = [await target(), await target(), await target()]
  await queue(few, 200)
  const usual = await timed(20, () => claim(10))
  await queue(dead, 20_000)
  const begun = await timed(20, () => claim(10))
  expect(begun.claims).toHaveLength(200)
  await record(begun.claims.map((lease) => failure(lease, { retryMs: 86_400_000 })))
  await queue(healthy, 1)
  const held = await timed(50, () => claim())
  expect(held.claims.map(({ endpointId }) => endpointId)).toEqual([healthy.endpointId])
  for (const { medianMs } of [begun, held]) expect(medianMs).toBeLessThan(20 + 5 * usual.medianMs)
})

async function timed(rounds: number, work: () => Promise<ClaimedDelivery[]>) {
  const claims: ClaimedDelivery[] = []
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    claims.push(...(await work()))
    times.push(performance.now() - startedAt)
  }
  return { claims, medianMs: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Infinity }
}
