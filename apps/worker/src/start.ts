import type { Logger } from '@sluice/service'
import { removeOldDeliveries, removeRetiredAccounts } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { Registry } from 'prom-client'
import type { ActionTable } from './action.ts'
import type { Secrets } from './attempt.ts'
import { startEngine } from './engine.ts'
import { addOutboxGauges, makeWorkerMetrics } from './metrics.ts'
import { repeat } from './repeat.ts'
import type { AttemptedDelivery } from './report.ts'

const TIMERS_EVERY_MS = 500
const RETENTION_FIRST_MS = 60_000
const RETENTION_EVERY_MS = 3_600_000
const ACCOUNTS_EVERY_MS = 60_000

export type WorkerParts = {
  db: Database
  logger: Logger
  secrets: Secrets
  actions: ActionTable
  /** told after the attempt was recorded, and of deliveries that ended without one */
  onAttempt?(delivery: AttemptedDelivery): void
  registry?: Registry
  /** lets time pass for triggers that wait for it; resolves with the number of firings */
  decideTimers?(): Promise<number>
}

export type Worker = AsyncDisposable & {
  /** firings to these endpoints were committed; to some, where nobody knows to which */
  nudge(endpointIds?: Iterable<number>): void
  /** no more claims and timers; attempts under way may end (15 s), then their leases are given back */
  drain(): Promise<void>
}

/**
 * Delivers what the outbox holds, decides what time alone decides (every 500 ms), removes old deliveries (hourly), and
 * what accounts that were removed have left behind (every minute). Any number of workers may share a database.
 */
export function startWorker(parts: WorkerParts): Worker {
  const { db, logger, registry, decideTimers } = parts
  if (registry) addOutboxGauges(registry, db)
  const engine = startEngine({ ...parts, metrics: makeWorkerMetrics(registry) })
  const timers = repeat(
    { what: 'deciding timers', logger, firstMs: TIMERS_EVERY_MS, everyMs: TIMERS_EVERY_MS },
    async () => {
      const firings = (await decideTimers?.()) ?? 0
      if (firings > 0) engine.nudge()
      return firings > 0
    },
  )
  const retention = repeat(
    { what: 'removing old deliveries', logger, firstMs: RETENTION_FIRST_MS, everyMs: RETENTION_EVERY_MS },
    async (signal) => {
      const removed = await removeOldDeliveries(db.pool, { signal })
      if (Object.values(removed).some((count) => count > 0)) logger.info(removed, 'removed old deliveries')
      return false
    },
  )
  const accounts = repeat(
    { what: 'removing accounts', logger, firstMs: RETENTION_FIRST_MS, everyMs: ACCOUNTS_EVERY_MS },
    async (signal) => {
      const removed = await removeRetiredAccounts(db, signal)
      if (removed > 0) logger.info({ removed }, 'removed accounts')
      return false
    },
  )
  const drain = async (): Promise<void> => {
    await Promise.all([engine.drain(), timers.stop(), retention.stop(), accounts.stop()])
  }
  return { nudge: (endpointIds) => engine.nudge(endpointIds), drain, [Symbol.asyncDispose]: drain }
}
