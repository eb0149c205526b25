import { setTimeout as pause } from 'node:timers/promises'
import { failpoint } from '@sluice/service'
import { claimDeliveries } from '@sluice/store'
import type { Database } from '@sluice/store'
import { makeAgenda } from './agenda.ts'
import { makeBacklog } from './backlog.ts'
import type { Backlog } from './backlog.ts'
import { makeOutage } from './outage.ts'
import { makeReport } from './report.ts'
import type { Report, ReportParts } from './report.ts'
import { TIMING } from './timing.ts'
import type { Timing } from './timing.ts'
import { makeUnderWay } from './under-way.ts'
import type { UnderWay, UnderWayParts } from './under-way.ts'
import { makeWake } from './wake.ts'

export type EngineParts = UnderWayParts & ReportParts

export type Engine = {
  /** something may be due to these endpoints; to any, where nobody knows */
  nudge(endpointIds?: Iterable<number>): void
  /** no more claims; attempts under way may end (15 s), then their leases are given back */
  drain(): Promise<void>
}

/**
 * Claims deliveries, makes their attempts and records them. At most 100 are under way, and 10 to one endpoint. Claims
 * when nudged and when what was full has room again, from those endpoints; and every 250 ms, from all. While the database
 * is away it waits.
 */
export function startEngine(parts: EngineParts, timing: Timing = TIMING): Engine {
  const wake = makeWake()
  const agenda = makeAgenda(timing.pollMs)
  const backlog = makeBacklog()
  const report = makeReport(parts)
  const underWay = makeUnderWay(parts, timing, { room: onRoom, recorded: report.recorded })
  const outage = makeOutage(parts.logger, 'claiming deliveries')
  const draining = new AbortController()
  let drained: Promise<void> | null = null

  function nudge(endpointIds?: Iterable<number>): void {
    agenda.add(endpointIds)
    wake.signal()
  }

  function onRoom(endpointId: number): void {
    if (backlog.isCut()) nudge()
    else if (backlog.has(endpointId)) nudge([endpointId])
  }

  /** @returns how many milliseconds to wait for the next time */
  async function look(startedAt: number): Promise<number> {
    if (underWay.free() <= 0) return timing.pollMs
    const only = agenda.take(startedAt)
    try {
      if (only?.length !== 0) await claim({ db: parts.db, underWay, backlog, report, onRoom }, only)
      outage.over()
    } catch (error) {
      agenda.scanned(null)
      return Math.max(timing.pollMs, outage.failed(error))
    }
    const endedAt = performance.now()
    if (!only) agenda.scanned({ startedAt, endedAt })
    return agenda.waitMs(endedAt)
  }

  async function loop(): Promise<void> {
    while (!draining.signal.aborted) {
      const startedAt = performance.now()
      await wake.wait(await look(startedAt))
      const early = startedAt + timing.gapMs - performance.now()
      if (early > 0) await pause(early)
    }
  }

  async function stop(): Promise<void> {
    draining.abort()
    wake.signal()
    await looping
    await underWay.drain()
  }

  const looping = loop()
  return { nudge, drain: () => (drained ??= stop()) }
}

type Claiming = {
  db: Database
  underWay: UnderWay
  backlog: Backlog
  report: Report
  onRoom(endpointId: number): void
}

async function claim(
  { db, underWay, backlog, report, onRoom }: Claiming,
  only: readonly number[] | undefined,
): Promise<void> {
  const askedAt = performance.now()
  const asked = { busy: new Map(underWay.busy), free: underWay.free() }
  const claimed = await claimDeliveries(db.pool, asked, only)
  if (claimed.length > 0) failpoint('worker.afterLease')
  const endpointIds = claimed.map(({ endpointId }) => endpointId)
  backlog.learn(asked, endpointIds)
  // attempts may have ended while the claim was under way
  for (const [endpointId, was] of asked.busy) {
    if ((underWay.busy.get(endpointId) ?? 0) < was) onRoom(endpointId)
  }
  for (const delivery of claimed) {
    report.claimed(delivery)
    if (delivery.status === 'pending') underWay.begin(delivery, askedAt)
  }
}
