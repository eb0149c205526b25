import { makeLogger } from '@sluice/service'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker } from '../src/start.ts'
import { openOutbox } from './outbox.ts'
import type { TestOutbox } from './outbox.ts'
import { all, post, startTarget } from './target.ts'

let outbox: TestOutbox
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox[Symbol.asyncDispose]())

test('time is let pass for triggers, an error is logged once, and what is counted can be read', async () => {
  await using target = await startTarget()
  target.answer = ({ path }) => (path === '/gone' ? { status: 410 } : { status: 200 })
  const lines: string[] = []
  const destination = { write: (line: string): void => void lines.push(line) }
  const registry = new Registry()
  const good = await outbox.target(`${target.url}/good`)
  const gone = await outbox.target(`${target.url}/gone`)
  let calls = 0
  await using worker = startWorker({
    db: outbox.db,
    logger: makeLogger({ level: 'info', name: 'test', destination }),
    secrets: { open: (sealed) => sealed.toString() },
    actions: all(post),
    registry,
    async decideTimers() {
      if (++calls <= 2) throw new Error('not today')
      if (calls > 3) return 0
      return (await outbox.queue(good, 2)).length + (await outbox.queue(gone, 2)).length
    },
  })
  const counted = async (): Promise<string[]> =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => /^(deliver|outbox|endpoints)/.test(line) && !/bucket|sum/.test(line))
  await expect.poll(() => target.received.length, { timeout: 5_000 }).toBe(4)
  await expect
    .poll(counted)
    .toEqual(
      expect.arrayContaining([
        'delivery_attempts_total{kind="http",outcome="delivered"} 2',
        'deliveries_total{status="delivered"} 2',
        'deliveries_total{status="dead"} 2',
        'delivery_lease_takeovers_total 0',
        'delivery_wait_seconds_count 4',
        'delivery_attempt_seconds_count 4',
        'outbox_pending 0',
        'outbox_oldest_due_seconds 0',
        'endpoints_disabled 1',
      ]),
    )
  await worker.drain()
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(logged.filter(({ msg }) => msg === 'deciding timers failed and is tried again until it works')).toHaveLength(1)
  expect(logged.filter(({ msg }) => msg === 'deciding timers works again')).toHaveLength(1)
  expect(logged.filter(({ msg }) => msg === 'an endpoint was disabled')).toMatchObject([{ endpoint: gone.endpointId }])
  const [attempt] = logged.filter(({ msg, outcome }) => msg === 'attempt' && outcome === 'delivered')
  expect(attempt).toMatchObject({ endpoint: good.endpointId, trigger: good.triggerId, attempt: 1, answer: 200 })
  expect(lines.join('')).not.toContain(target.url)
})

test('what is due and what waits by itself are told apart', async () => {
  const registry = new Registry()
  const logger = makeLogger({ level: 'silent', name: 'test' })
  const secrets = { open: (sealed: Buffer): string => sealed.toString() }
  await startWorker({ db: outbox.db, logger, secrets, actions: all(post), registry }).drain()
  const read = async (): Promise<unknown> =>
    (await registry.getSingleMetric('outbox_oldest_due_seconds')?.get())?.values
  const [slow, failing] = [await outbox.target('http://slow.example'), await outbox.target('http://failing.example')]
  await outbox.queue(failing)
  await outbox.db.pool.query(
    `update endpoint set failures = 7, held_until = platform_now() + interval '1 hour' where id = $1`,
    [failing.endpointId],
  )
  await outbox.move(100)
  expect(await read()).toEqual([{ value: 0, labels: {} }])
  await outbox.queue(slow)
  await outbox.move(10)
  const [{ value }] = (await read()) as [{ value: number }]
  expect(value).toBeGreaterThanOrEqual(10)
  expect(value).toBeLessThan(20)
})
