import { outboxDepth } from '@sluice/store'
import type { ClaimedDelivery, Database, OutboxDepth, RecordedAttempt } from '@sluice/store'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** From the due time of a delivery to its attempt, in seconds. */
const WAIT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600]
const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]

export type WorkerMetrics = {
  claimed(delivery: ClaimedDelivery): void
  recorded(delivery: ClaimedDelivery, recorded: RecordedAttempt, seconds: number): void
}

/** Counted in this process; names are stable. Nothing is shown where no registry is given. */
export function makeWorkerMetrics(registry?: Registry): WorkerMetrics {
  const registers = registry ? [registry] : []
  const attempts = new Counter({
    name: 'delivery_attempts_total',
    help: 'Attempts by kind of action and what came of them',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const deliveries = new Counter({
    name: 'deliveries_total',
    help: 'Deliveries that ended, by how: delivered, dead (dead letters), cancelled',
    labelNames: ['status'],
    registers,
  })
  const takeovers = new Counter({
    name: 'delivery_lease_takeovers_total',
    help: 'Deliveries taken from a worker that did not say what became of them',
    registers,
  })
  const wait = histogram(registers, 'delivery_wait_seconds', 'From the due time to the attempt', WAIT_SECONDS)
  const took = histogram(registers, 'delivery_attempt_seconds', 'Time of one attempt', ATTEMPT_SECONDS)
  return {
    claimed(delivery) {
      if (delivery.isTakeover) takeovers.inc()
      if (delivery.status === 'pending') wait.observe(delivery.waitedMs / 1000)
      else deliveries.labels(delivery.status).inc()
    },
    recorded({ kind }, { outcome, status }, seconds) {
      attempts.labels(kind, outcome).inc()
      took.observe(seconds)
      if (outcome !== 'late' && status !== 'pending') deliveries.labels(status).inc()
    },
  }
}

/** What is asked of the database when somebody looks, for all workers together. */
export function addOutboxGauges(registry: Registry, db: Database): void {
  // the gauges of one scrape share an answer
  let asked: Promise<OutboxDepth> | null = null
  const depth = (): Promise<OutboxDepth> =>
    (asked ??= outboxDepth(db.pool).finally(() => {
      asked = null
    }))
  const gauges: [name: string, help: string, of: keyof OutboxDepth][] = [
    ['outbox_pending', 'Deliveries that have neither arrived nor been given up', 'pending'],
    ['outbox_oldest_due_seconds', 'Age of the oldest due delivery that nothing holds back', 'oldestDueS'],
    ['endpoints_disabled', 'Endpoints disabled by 410 or by days of failure', 'disabledEndpoints'],
  ]
  for (const [name, help, of] of gauges) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      // while the database is away the gauge keeps what it last knew, and the rest of the page is still shown
      collect: () =>
        depth().then(
          (known) => gauge.set(known[of]),
          () => {},
        ),
    })
  }
}

const histogram = (registers: Registry[], name: string, help: string, buckets: number[]): Histogram =>
  new Histogram({ name, help, buckets, registers })
