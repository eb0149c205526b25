import { SluiceError } from '@sluice/model'
import type { Logger } from '@sluice/service'
import { isRetryable, recordAttempts } from '@sluice/store'
import type { ClaimedDelivery, Database, NewAttempt, RecordedAttempt } from '@sluice/store'
import { RETRY_AFTER_MAX_MS, retryDelayMs } from '@sluice/triggers'
import type { AttemptResult } from './action.ts'
import { makeOutage } from './outage.ts'
import { makeWake } from './wake.ts'

/** One attempt that ended; times are those of `performance.now()`. */
export type Ended = { claimed: ClaimedDelivery; result: AttemptResult; startedAt: number; endedAt: number }

export type Recorder = {
  /** queues the result; `onRecorded` follows */
  push(ended: Ended): void
  /** writes what is queued, or gives up after so many milliseconds: then the leases end by themselves */
  close(withinMs: number): Promise<void>
}

const BATCH_MAX = 50

/**
 * Writes results of attempts, those together that came while the ones before were written. Goes on trying while the
 * database is away; what the database refuses is logged and left to the end of its lease.
 * @param parts.random 0 ≤ random() < 1, for the jitter of the schedule
 * @param parts.onRecorded null where the result could not be recorded, or nothing of the delivery is left
 */
export function makeRecorder(parts: {
  db: Database
  logger: Logger
  random(): number
  onRecorded(ended: Ended, recorded: RecordedAttempt | null): void
}): Recorder {
  const queue: (Ended & { delayMs: number | null })[] = []
  const outage = makeOutage(parts.logger, 'recording deliveries')
  const wake = makeWake()
  let writing: Promise<void> | null = null
  let closesAt = Infinity

  async function writeAll(): Promise<void> {
    while (queue.length > 0) await writeBatch(queue.splice(0, BATCH_MAX))
    writing = null
  }

  async function writeBatch(batch: typeof queue): Promise<void> {
    const recorded = await tryToWrite(batch)
    if (recorded === 'refused' && batch.length > 1) {
      for (const ended of batch) await writeBatch([ended])
      return
    }
    const rows = new Map(recorded === 'refused' ? [] : recorded.map((row) => [`${row.id} ${row.fence}`, row]))
    for (const ended of batch) parts.onRecorded(ended, rows.get(`${ended.claimed.id} ${ended.claimed.fence}`) ?? null)
  }

  async function tryToWrite(batch: typeof queue): Promise<RecordedAttempt[] | 'refused'> {
    for (;;) {
      try {
        const recorded = await recordAttempts(parts.db.pool, batch.map(toAttempt))
        outage.over()
        return recorded
      } catch (error) {
        const mayPass = isRetryable(error) || (error instanceof SluiceError && error.code === 'unavailable')
        if (!mayPass) {
          const deliveries = batch.map(({ claimed }) => claimed.id)
          parts.logger.error({ err: error, deliveries }, 'results could not be recorded')
        }
        if (!mayPass || performance.now() >= closesAt) return 'refused'
        await wake.wait(outage.failed(error))
      }
    }
  }

  return {
    push(ended) {
      const { claimed, result } = ended
      queue.push({ ...ended, delayMs: delayOf(claimed.failures + 1, result, parts.random) })
      writing ??= writeAll()
    },
    async close(withinMs) {
      closesAt = performance.now() + withinMs
      wake.signal()
      await writing
    },
  }
}

/** The published schedule, or what the target asked for where that is later. Null after the last attempt. */
function delayOf(failures: number, { retryAfterMs }: AttemptResult, random: () => number): number | null {
  const scheduled = retryDelayMs(failures, random())
  return scheduled === null ? null : Math.max(scheduled, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS))
}

function toAttempt({ claimed, result, startedAt, endedAt, delayMs }: Ended & { delayMs: number | null }): NewAttempt {
  const now = performance.now()
  const left = (ms: number | null): number | null => (ms === null ? null : Math.max(0, ms - (now - endedAt)))
  return {
    ...result,
    id: claimed.id,
    fence: claimed.fence,
    agoMs: now - startedAt,
    durationMs: endedAt - startedAt,
    retryMs: left(delayMs),
    retryAfterMs: left(result.retryAfterMs === null ? null : Math.min(result.retryAfterMs, RETRY_AFTER_MAX_MS)),
  }
}
