import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Outcome } from '@sluice/model'
import type { CommitReport, Ingest } from './ingest.ts'
import { makeRequestDurations } from './request-durations.ts'
import type { RequestDurations } from './request-durations.ts'

const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const BATCH_POINTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]

export type Metrics = {
  registry: Registry
  /** beside the registry, because they are many */
  requests: Pick<RequestDurations, 'render'>
  /** one finished request; `route` is the pattern, never the path, so that the labels are bounded */
  request(method: string, route: string, status: number, seconds: number): void
  commit(report: CommitReport): void
  unknownOutcome(): void
  /** the datapoints of one write and how long it waited for its answer */
  answered(protocol: Protocol, outcomes: readonly Outcome[], seconds: number): void
  login(result: 'ok' | 'failed' | 'limited'): void
  clientError(reason: string): void
}

/** What brought the datapoints. */
const PROTOCOLS = ['http', 'wamp', 'socket', 'mqtt', 'trigger'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Names are stable: dashboards are built on them. Durations are seconds, sizes bytes. */
export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = makeRequestDurations()
  const points = new Counter({
    name: 'ingest_datapoints_total',
    help: 'Datapoints answered, by what became of them',
    labelNames: ['protocol', 'result'],
    registers,
  })
  const byResult = (protocol: Protocol): Record<Outcome['result'], { inc(): void }> => ({
    stored: points.labels(protocol, 'stored'),
    duplicate: points.labels(protocol, 'duplicate'),
    rejected: points.labels(protocol, 'rejected'),
  })
  const datapoints = Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, byResult(protocol)])) as Record<
    Protocol,
    Record<Outcome['result'], { inc(): void }>
  >
  const acks = histogram(
    registers,
    'ingest_ack_seconds',
    'Time of a write from its parsing to its commit',
    COMMIT_SECONDS,
  )
  const batch = histogram(registers, 'group_commit_batch_size', 'Datapoints of one commit', BATCH_POINTS)
  const seconds = histogram(registers, 'group_commit_seconds', 'Time of one group commit', COMMIT_SECONDS)
  const unknown = counter(registers, 'ingest_unknown_outcome_total', 'Commits whose outcome was not known at once')
  const logins = new Counter({ name: 'logins_total', help: 'Sign-ins by result', labelNames: ['result'], registers })
  const clientErrors = new Counter({
    name: 'http_client_errors_total',
    help: 'Connections refused before a request could be made of them',
    labelNames: ['reason'],
    registers,
  })

  return {
    registry,
    requests,
    request: (method, route, status, took) => requests.observe({ method, route, status }, took),
    commit(report) {
      batch.observe(report.points)
      seconds.observe(report.seconds)
    },
    unknownOutcome: () => unknown.inc(),
    answered(protocol, outcomes, took) {
      acks.observe(took)
      for (const { result } of outcomes) datapoints[protocol][result].inc()
    },
    login: (result) => logins.labels(result).inc(),
    clientError: (reason) => clientErrors.labels(reason).inc(),
  }
}

/** What is read only when somebody asks: queue, pool, durability. */
export function addGauges(
  registry: Registry,
  parts: {
    ingest: Pick<Ingest, 'depth'>
    pool: { totalCount: number; idleCount: number; waitingCount: number }
    mqttConnections(): number
    /** whether a stored answer survives a power cut; asked of Postgres each time */
    isDurable(): Promise<boolean>
  },
): void {
  const gauges: [name: string, help: string, read: () => number | Promise<number>][] = [
    ['ingest_queue_datapoints', 'Datapoints waiting for their commit', () => parts.ingest.depth().points],
    ['ingest_queue_bytes', 'Bytes of datapoints waiting for their commit', () => parts.ingest.depth().bytes],
    ['postgres_pool_in_use', 'Connections doing something', () => parts.pool.totalCount - parts.pool.idleCount],
    ['postgres_pool_waiting', 'Calls waiting for a connection', () => parts.pool.waitingCount],
    ['mqtt_connections', 'Open connections of MQTT clients', () => parts.mqttConnections()],
    ['durability_mode', '1 when a stored answer survives a power cut', async () => ((await parts.isDurable()) ? 1 : 0)],
  ]
  for (const [name, help, read] of gauges) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: async () => gauge.set(await read()) })
  }
}

const histogram = (registers: Registry[], name: string, help: string, buckets: number[]): Histogram =>
  new Histogram({ name, help, buckets, registers })
const counter = (registers: Registry[], name: string, help: string): Counter => new Counter({ name, help, registers })

/** The same ingest, with what becomes of its datapoints counted for one protocol. */
export function countOutcomes(ingest: Ingest, metrics: Metrics, protocol: Protocol): Ingest {
  return {
    ...ingest,
    async append(write) {
      const startedAt = performance.now()
      const outcomes = await ingest.append(write)
      metrics.answered(protocol, outcomes, (performance.now() - startedAt) / 1000)
      return outcomes
    },
  }
}
