import { setTimeout as pause } from 'node:timers/promises'
import { failpoint } from '@sluice/service'
import { claimDeliveries } from '@sluice/store'
import type { ClaimedDelivery, RecordedAttempt } from '@sluice/store'
import { makeHealthLog } from './health-log.ts'
import type { WorkerMetrics } from './metrics.ts'
import { makeOutage } from './outage.ts'
import type { Ended } from './recorder.ts'
import { TIMING } from './timing.ts'
import type { Timing } from './timing.ts'
import { makeUnderWay } from './under-way.ts'
import type { UnderWayParts } from './under-way.ts'
import { makeWake } from './wake.ts'

/** A delivery whose attempt was recorded, or which ended without one. */
export type AttemptedDelivery = Pick<
  ClaimedDelivery,
  'id' | 'number' | 'accountId' | 'login' | 'feedId' | 'triggerId' | 'endpointId' | 'status'
>

export type EngineParts = UnderWayParts & {
  metrics: WorkerMetrics
  onAttempt?(delivery: AttemptedDelivery): void
}

export type Engine = {
  /** there may be something to deliver */
  nudge(): void
  /** no more claims; attempts under way may end (15 s), then their leases are given back */
  drain(): Promise<void>
}

/**
 * Claims deliveries, makes their attempts and records them. At most 100 are under way, and 10 to one endpoint. Claims
 * when nudged, when what was full has room again, and every 250 ms. While the database is away it waits.
 */
export function startEngine(parts: EngineParts, timing: Timing = TIMING): Engine {
  const { db, logger, metrics } = parts
  const wake = makeWake()
  const outage = makeOutage(logger, 'claiming deliveries')
  const logHealth = makeHealthLog(logger)
  const underWay = makeUnderWay(parts, timing, { room: wake.signal, recorded: onRecorded })
  const draining = new AbortController()
  let drained: Promise<void> | null = null

  async function loop(): Promise<void> {
    while (!draining.signal.aborted) {
      const claimedAt = performance.now()
      await wake.wait(await claim())
      const early = claimedAt + timing.gapMs - performance.now()
      if (early > 0) await pause(early)
    }
  }

  /** @returns how many milliseconds to wait for the next one */
  async function claim(): Promise<number> {
    const free = underWay.free()
    if (free <= 0) return timing.pollMs
    const askedAt = performance.now()
    try {
      const claimed = await claimDeliveries(db.pool, { busy: underWay.busy, free })
      outage.over()
      if (claimed.length > 0) failpoint('worker.afterLease')
      for (const delivery of claimed) {
        metrics.claimed(delivery)
        if (delivery.status === 'pending') underWay.begin(delivery, askedAt)
        else tell(delivery, delivery.status)
      }
      return timing.pollMs
    } catch (error) {
      return Math.max(timing.pollMs, outage.failed(error))
    }
  }

  function onRecorded({ claimed, result, startedAt, endedAt }: Ended, recorded: RecordedAttempt): void {
    const { id, fence, endpointId, triggerId, accountId, kind } = claimed
    const ids = { delivery: id, attempt: fence, endpoint: endpointId, trigger: triggerId, account: accountId, kind }
    const ms = Math.round(endedAt - startedAt)
    logger.info({ ...ids, outcome: recorded.outcome, answer: result.status, ms, status: recorded.status }, 'attempt')
    metrics.recorded(claimed, recorded, (endedAt - startedAt) / 1000)
    logHealth(endpointId, recorded)
    tell(claimed, recorded.status)
  }

  function tell(claimed: ClaimedDelivery, status: AttemptedDelivery['status']): void {
    const { id, number, accountId, login, feedId, triggerId, endpointId } = claimed
    parts.onAttempt?.({ id, number, accountId, login, feedId, triggerId, endpointId, status })
  }

  async function stop(): Promise<void> {
    draining.abort()
    wake.signal()
    await looping
    await underWay.drain()
  }

  const looping = loop()
  return { nudge: wake.signal, drain: () => (drained ??= stop()) }
}
