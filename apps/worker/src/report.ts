import type { Logger } from '@sluice/service'
import type { ClaimedDelivery, RecordedAttempt } from '@sluice/store'
import { makeHealthLog } from './health-log.ts'
import type { WorkerMetrics } from './metrics.ts'
import type { Ended } from './recorder.ts'

/** A delivery whose attempt was recorded, or which ended without one. */
export type AttemptedDelivery = Pick<
  ClaimedDelivery,
  'id' | 'number' | 'accountId' | 'login' | 'feedId' | 'triggerId' | 'endpointId' | 'status'
>

export type ReportParts = { logger: Logger; metrics: WorkerMetrics; onAttempt?(delivery: AttemptedDelivery): void }

/** Tells the log, the metrics and the owner what became of deliveries. */
export type Report = {
  claimed(delivery: ClaimedDelivery): void
  recorded(ended: Ended, recorded: RecordedAttempt): void
}

export function makeReport({ logger, metrics, onAttempt }: ReportParts): Report {
  const logHealth = makeHealthLog(logger)

  function tell(claimed: ClaimedDelivery, status: AttemptedDelivery['status']): void {
    const { id, number, accountId, login, feedId, triggerId, endpointId } = claimed
    onAttempt?.({ id, number, accountId, login, feedId, triggerId, endpointId, status })
  }

  return {
    claimed(delivery) {
      metrics.claimed(delivery)
      if (delivery.status === 'pending') return
      logger.info({ ...idsOf(delivery), status: delivery.status }, 'ended without an attempt')
      tell(delivery, delivery.status)
    },
    recorded({ claimed, result, startedAt, endedAt }, recorded) {
      const ms = Math.round(endedAt - startedAt)
      const { outcome, status } = recorded
      logger.info({ ...idsOf(claimed), outcome, answer: result.status, ms, status }, 'attempt')
      metrics.recorded(claimed, recorded, (endedAt - startedAt) / 1000)
      logHealth(claimed.endpointId, recorded)
      tell(claimed, status)
    },
  }
}

function idsOf({ id, fence, endpointId, triggerId, accountId, kind }: ClaimedDelivery) {
  return { delivery: id, attempt: fence, endpoint: endpointId, trigger: triggerId, account: accountId, kind }
}
