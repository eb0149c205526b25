import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { formatTimestamp } from '@sluice/model'
import type { BacktestLine, NewTriggerDocument } from '@sluice/model'
import { openDatabase } from '@sluice/store'
import type { Database } from '@sluice/store'
import { startEmbedded } from '@sluice/store/embedded'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moveClock } from './oracle/clock.ts'
import { freePort, startServer } from './server-process.ts'
import type { FirstRun } from './server-process.ts'

/** fixed, so that a failure can be run again */
const SEED = 20_261_122
const RULES = 120
const COMMITS = 160
const STREAMS = ['t', 'h'] as const
const US = 1_000_000

const value = fc.constantFrom('1', '4.99', '5', '5.0', '5.01', '8', '12', 'on', '-3')
const threshold = fc.constantFrom('0', '5', '5.0', '7.5')
const stream_id = fc.constantFrom(...STREAMS)
const comparison = fc.oneof(
  fc.record({ stream_id, trigger_type: fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq'), threshold_value: threshold }),
  fc.record({
    stream_id,
    trigger_type: fc.constantFrom('between', 'outside'),
    low: fc.constant('2'),
    high: fc.constantFrom('7.5', '9'),
  }),
)
const slope = fc.record({
  stream_id,
  trigger_type: fc.constantFrom('rise', 'fall'),
  threshold_value: fc.constantFrom('0', '0.5', '3'),
  per: fc.constantFrom(1, 60, 3600),
})
const options = fc.record({
  mode: fc.constantFrom('edge', 'level'),
  for: fc.constantFrom(0, 0, 60, 600),
  min_interval: fc.constantFrom(0, 0, 300),
  rearm: fc.constantFrom('auto', 'auto', 'auto', 'manual'),
  late: fc.constantFrom('ignore', 'evaluate'),
})
const hysteresis = fc.constantFrom('0', '0', '0.5', '2')
const rule: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(comparison, options, hysteresis).map(withHysteresis) },
  { weight: 1, arbitrary: fc.tuple(slope, options).map(merged) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(comparison, { minLength: 2, maxLength: 3 }), options, fc.constantFrom('all', 'any'))
      .map(([conditions, rest, match]) => ({ conditions, match, ...rest })),
  },
  { weight: 1, arbitrary: fc.record({ stream_id, trigger_type: fc.constant('change') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      stream_id,
      trigger_type: fc.constantFrom('frozen', 'live'),
      after: fc.constantFrom(120, 900),
      min_interval: fc.constantFrom(0, 1800),
    }),
  },
)
function withHysteresis([condition, rest, back]: [{ trigger_type: string }, object, string]): object {
  return { ...condition, ...rest, hysteresis: condition.trigger_type === 'eq' ? '0' : back }
}
function merged(parts: readonly object[]): object {
  return Object.assign({}, ...parts) as object
}

/** Seconds since the commit before; then points: datastream, how many seconds back, value. */
const commit = fc.record({
  wait: fc.constantFrom(0, 1, 20, 61, 130, 400, 950),
  points: fc.array(fc.tuple(stream_id, fc.constantFrom(0, 0, 0, 1, 5, 90, 700), value), { minLength: 1, maxLength: 4 }),
})

test('what rules did live is what a backtest of them says afterwards', { timeout: 200_000 }, async () => {
  await using place = await openPlace()
  const { db, firstRun } = place
  const clock = await moveClock(db)
  const feedId = await makeFeed(firstRun)
  const rules = fc.sample(rule, { numRuns: RULES, seed: SEED }) as NewTriggerDocument[]
  const ids: number[] = []
  for (const document of rules) ids.push(await makeTrigger(firstRun, feedId, document))
  const startedAt = await clockOf(db)

  for (const [index, { wait, points }] of fc.sample(commit, { numRuns: COMMITS, seed: SEED }).entries()) {
    await clock.ahead(wait)
    // now and then the worker comes first, and now and then the next value does
    if (index % 8 === 0) await pause(700)
    const now = await clockOf(db)
    const datastreams = STREAMS.flatMap((id) => {
      const datapoints = new Map(
        points.filter(([of]) => of === id).map(([, back, sent]) => [formatTimestamp(now - back * US), sent]),
      )
      return datapoints.size === 0
        ? []
        : [{ id, datapoints: [...datapoints].map(([at, sent]) => ({ at, value: sent })) }]
    })
    await send(firstRun, 'PUT', `/v2/feeds/${feedId}`, { datastreams })
  }
  await clock.ahead(3600)
  await expect.poll(() => overdue(db), { timeout: 20_000 }).toBe(0)

  const causes: Record<string, number> = {}
  const end = formatTimestamp(await clockOf(db))
  for (const [index, id] of ids.entries()) {
    const live = await firedLive(db, id)
    const window = { start: formatTimestamp(startedAt - 3600 * US), end }
    const backtest = await firedInBacktest(firstRun, { ...rules[index], environment_id: feedId, ...window })
    expect({ rule: rules[index], fired: backtest }).toEqual({ rule: rules[index], fired: live })
    for (const [cause] of live) causes[cause] = (causes[cause] ?? 0) + 1
  }
  process.stdout.write(`firings live and in backtests of ${RULES} rules: ${JSON.stringify(causes)}\n`)
  for (const cause of ['value', 'duration', 'silence']) expect(causes[cause] ?? 0).toBeGreaterThan(20)
})

async function openPlace() {
  await using scope = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-backtest-'))
  scope.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const postgres = await startEmbedded({ dataDir: join(dir, 'database'), log: () => undefined })
  scope.defer(() => postgres.close())
  const db = await openDatabase({ url: postgres.url })
  scope.defer(() => db.close())
  const env = { DATABASE_URL: postgres.url }
  const server = scope.use(await startServer({ dataDir: join(dir, 'server'), port: await freePort(), env }))
  const opened = scope.move()
  return { db, firstRun: server.firstRun, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function send({ url, apiKey }: FirstRun, method: string, path: string, body: unknown): Promise<Response> {
  const answer = await fetch(`${url}${path}`, { method, headers: { 'X-ApiKey': apiKey }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status} ${await answer.text()}`)
  return answer
}

const idIn = (answer: Response): number => Number(answer.headers.get('location')?.split('/').at(-1))

async function makeFeed(firstRun: FirstRun): Promise<number> {
  const document = { title: 'Replayed', private: 'true', datastreams: STREAMS.map((id) => ({ id })) }
  return idIn(await send(firstRun, 'POST', '/v2/feeds', document))
}

/** Nobody subscribes to the topic, so every delivery is done at once. */
async function makeTrigger(firstRun: FirstRun, feedId: number, document: NewTriggerDocument): Promise<number> {
  const action = { kind: 'publish', topic: 'org.example.fired' }
  return idIn(await send(firstRun, 'POST', '/v2/triggers', { ...document, environment_id: feedId, action }))
}

async function clockOf(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ now: number }>(
    'select (extract(epoch from platform_now()) * 1000000)::bigint as now',
  )
  return rows[0]?.now ?? 0
}

/** Triggers whose time has come, and which the worker has not looked at. */
async function overdue(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    'select count(*)::int as count from trigger_state where due_at <= platform_now()',
  )
  return rows[0]?.count ?? 0
}

type Firing = [cause: string, at: string, stream: string, value: string | null]

async function firedLive(db: Database, id: number): Promise<Firing[]> {
  const { rows } = await db.pool.query<{ cause: string; at: string; stream: string; value: string | null }>(
    `select cause, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, datastream_id as stream, value
     from delivery where trigger_id = $1 order by number`,
    [id],
  )
  return rows.map(({ cause, at, stream, value: fired }) => [cause, at, stream, fired])
}

async function firedInBacktest(firstRun: FirstRun, request: object): Promise<Firing[]> {
  const answer = await send(firstRun, 'POST', '/v2/triggers/backtest', request)
  const lines = (await answer.text()).trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as BacktestLine)
  expect(parsed.at(-1)).toHaveProperty('summary')
  return parsed.flatMap((line) => {
    if (!('firing' in line)) return []
    const { cause, at, stream_id: stream, value: fired } = line.firing
    return [[cause, at, stream, fired] satisfies Firing]
  })
}
