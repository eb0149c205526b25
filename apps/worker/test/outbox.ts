import { makeLogger } from '@sluice/service'
import type { Database } from '@sluice/store'
import {
  type TestDatabase,
  type TestTarget,
  makeTestTarget,
  movableClock,
  openTestDatabase,
  queueTestDeliveries,
} from '@sluice/store/testing'
import type { Act } from '../src/action.ts'
import { startEngine } from '../src/engine.ts'
import type { Engine } from '../src/engine.ts'
import { makeWorkerMetrics } from '../src/metrics.ts'
import type { AttemptedDelivery } from '../src/report.ts'
import { TIMING } from '../src/timing.ts'
import type { Timing } from '../src/timing.ts'
import { all, post } from './target.ts'

export type DeliveryRow = {
  id: string
  status: string
  failures: number
  fence: number
  isLeased: boolean
  error: string | null
  /** seconds from now to the next attempt */
  dueInS: number
}
export type AttemptRow = { fence: number; outcome: string; error: string | null; agoS: number }

/** A database with an outbox whose clock can be moved, and engines on it. */
export type TestOutbox = AsyncDisposable & {
  url: string
  db: Database
  move(aheadS: number): Promise<void>
  target(url: string): Promise<TestTarget>
  queue(target: TestTarget, count?: number): Promise<string[]>
  engine(options?: { act?: Act; timing?: Partial<Timing>; onAttempt?(delivery: AttemptedDelivery): void }): TestEngine
  delivery(id: string | undefined): Promise<DeliveryRow>
  attempts(id: string | undefined): Promise<AttemptRow[]>
}
export type TestEngine = Engine & AsyncDisposable

export async function openOutbox(): Promise<TestOutbox> {
  const database: TestDatabase = await openTestDatabase()
  const { db } = database
  const move = await movableClock(db)
  let targets = 0
  return {
    url: database.url,
    db,
    move,
    target: (url) => makeTestTarget(db, `account${++targets}`, url),
    queue: (target, count) => queueTestDeliveries(db, target, count),
    engine({ act = post, timing = {}, onAttempt = () => {} } = {}) {
      const logger = makeLogger({ level: 'silent', name: 'test' })
      const secrets = { open: (sealed: Buffer) => sealed.toString() }
      const parts = { db, logger, secrets, actions: all(act), metrics: makeWorkerMetrics(), onAttempt }
      const engine = startEngine(parts, { ...TIMING, ...timing })
      return { ...engine, [Symbol.asyncDispose]: () => engine.drain() }
    },
    async delivery(id) {
      const { rows } = await db.pool.query<DeliveryRow>(
        `select id, status, failures, fence, is_leased as "isLeased", error,
           extract(epoch from due_at - platform_now())::float8 as "dueInS" from delivery where id = $1`,
        [id],
      )
      if (!rows[0]) throw new Error(`there is no delivery ${id}`)
      return rows[0]
    },
    async attempts(id) {
      const { rows } = await db.pool.query<AttemptRow>(
        `select fence, outcome, error, extract(epoch from platform_now() - at)::float8 as "agoS"
         from attempt where delivery_id = $1 order by at`,
        [id],
      )
      return rows
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
