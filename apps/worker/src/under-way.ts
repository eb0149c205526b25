import { failpoint } from '@sluice/service'
import type { Logger } from '@sluice/service'
import { LEASE_S, releaseDeliveries } from '@sluice/store'
import type { ClaimedDelivery, Database, RecordedAttempt } from '@sluice/store'
import type { ActionTable } from './action.ts'
import { attempt } from './attempt.ts'
import type { Secrets } from './attempt.ts'
import { makeRecorder } from './recorder.ts'
import type { Ended } from './recorder.ts'
import type { Timing } from './timing.ts'

const UNDER_WAY_MAX = 100
/** The part of a lease that recording needs: with less left an attempt is not begun. */
const RESERVE_MS = 2_000

export type UnderWayParts = { db: Database; logger: Logger; secrets: Secrets; actions: ActionTable }

/** The attempts that this worker is making, and the recording of what came of them. */
export type UnderWay = {
  /** how many more may begin */
  free(): number
  /** attempts that count against the concurrency of each endpoint */
  busy: ReadonlyMap<number, number>
  /** @param leasedAt by `performance.now()` */
  begin(claimed: ClaimedDelivery, leasedAt: number): void
  /** waits for what is being made (15 s), gives the other leases back, and for the recording (5 s) */
  drain(): Promise<void>
}

type Entry = { claimed: ClaimedDelivery; control: AbortController; made: Promise<void>; isBeingMade: boolean }

/**
 * At most 100 attempts that are being made or not recorded yet.
 * @param on.room called when another attempt to this endpoint may begin
 * @param on.recorded called after the result of an attempt is stored
 */
export function makeUnderWay(
  parts: UnderWayParts,
  timing: Timing,
  on: { room(endpointId: number): void; recorded(ended: Ended, recorded: RecordedAttempt): void },
): UnderWay {
  const { db, logger } = parts
  const entries = new Map<string, Entry>()
  const busy = new Map<number, number>()
  const recorder = makeRecorder({ db, logger, random: Math.random, onRecorded })

  async function make(entry: Entry): Promise<void> {
    const { claimed, control } = entry
    const timer = setTimeout(() => control.abort(new DOMException('too slow', 'TimeoutError')), timing.attemptMs)
    failpoint('worker.beforeSend')
    const startedAt = performance.now()
    const result = await attempt(parts, claimed, control.signal)
    const endedAt = performance.now()
    clearTimeout(timer)
    // given back meanwhile
    if (!entry.isBeingMade) return
    entry.isBeingMade = false
    // after a failure the place is free when that is known to the next claim, so that a dead target gets no more
    if (result.outcome === 'delivered') leave(claimed.endpointId)
    failpoint('worker.afterResult')
    recorder.push({ claimed, result, startedAt, endedAt })
  }

  function leave(endpointId: number): void {
    const count = busy.get(endpointId) ?? 0
    if (count > 1) busy.set(endpointId, count - 1)
    else busy.delete(endpointId)
    on.room(endpointId)
  }

  function onRecorded(ended: Ended, recorded: RecordedAttempt | null): void {
    entries.delete(keyOf(ended.claimed))
    if (ended.result.outcome === 'delivered') on.room(ended.claimed.endpointId)
    else leave(ended.claimed.endpointId)
    failpoint('worker.afterRecord')
    if (recorded) on.recorded(ended, recorded)
  }

  return {
    free: () => UNDER_WAY_MAX - entries.size,
    busy,
    begin(claimed, leasedAt) {
      // this process was held up: by the end of the attempt somebody else would have the delivery
      if (performance.now() - leasedAt > LEASE_S * 1000 - timing.attemptMs - RESERVE_MS) return
      const entry = { claimed, control: new AbortController(), isBeingMade: true, made: Promise.resolve() }
      entries.set(keyOf(claimed), entry)
      busy.set(claimed.endpointId, (busy.get(claimed.endpointId) ?? 0) + 1)
      entry.made = make(entry)
    },
    async drain() {
      const all = Promise.all(Array.from(entries.values(), ({ made }) => made))
      await within(timing.drainMs, all)
      const left = Array.from(entries.values()).filter(({ isBeingMade }) => isBeingMade)
      for (const entry of left) {
        entry.isBeingMade = false
        entry.control.abort(new DOMException('the worker ends', 'AbortError'))
      }
      await giveBack(
        { db, logger },
        left.map(({ claimed }) => claimed),
      )
      await recorder.close(timing.writeMs)
    },
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const deadline = Promise.withResolvers<void>()
  const timer = setTimeout(deadline.resolve, ms)
  await Promise.race([work, deadline.promise])
  clearTimeout(timer)
}

async function giveBack({ db, logger }: { db: Database; logger: Logger }, leases: ClaimedDelivery[]): Promise<void> {
  try {
    await releaseDeliveries(db.pool, leases)
  } catch (error) {
    logger.warn({ err: error, leases: leases.length }, 'leases could not be given back and end by themselves')
  }
}

/** The same delivery may be under way twice, when this process was held up past a lease. */
const keyOf = ({ id, fence }: ClaimedDelivery): string => `${id} ${fence}`
