import { SluiceError } from '@sluice/model'
import type { Outcome } from '@sluice/model'
import { ensurePartitions } from '@sluice/store'
import type { Database, StoredFiring } from '@sluice/store'
import type { Decide } from './decide.ts'
import { commitBatch } from './ingest-commit.ts'
import type { Write } from './ingest-commit.ts'
import { IngestQueue } from './ingest-queue.ts'
import { makeWatchedStreams } from './watched-streams.ts'

/**
 * Batches in flight at once: while one waits for the disk, the next is worked on. A feed always takes the same lane, and
 * writes to datastreams with triggers take lanes of their own: nobody waits for the triggers of others.
 */
const LANES = 2
const LANES_OF_ALL_KINDS = 2 * LANES
/** Of all lanes together; an account may fill half of a lane's part. */
const QUEUE_LIMITS = {
  points: 50_000 / LANES_OF_ALL_KINDS,
  bytes: (32 * 1024 * 1024) / LANES_OF_ALL_KINDS,
  accountShare: 0.5,
}
const MONTH_US = 31 * 86_400e6

export type { Write } from './ingest-commit.ts'

export type Ingest = {
  /**
   * Stores the datapoints of one request, and resolves after COMMIT with what became of each, in order.
   * @param write at least one point, all of one feed, values and times already checked against their limits
   * @throws {SluiceError} `unavailable` with Retry-After: the queue is full, the disk is full, or the outcome is unknown
   *   (sending again is safe). Nothing of the request was kept, unless the message says so.
   */
  append(write: Write): Promise<Outcome[]>
  /** what waits for a commit (not what is being committed), and how full the fullest queue is, 0 … 1 */
  depth(): { points: number; bytes: number; fullness: number }
  /** Resolves when everything accepted so far is committed or answered; refuses new writes from now on. */
  drain(): Promise<void>
}

/** What metrics want to know of each commit. */
export type CommitReport = { points: number; writes: number; seconds: number }

type Pending = Write & { resolve(outcomes: Outcome[]): void; reject(error: unknown): void }
type Lane = { queue: IngestQueue<Pending>; running: Promise<void> | null }

/**
 * Group commit. Writes that arrive while a batch is being committed wait for the next one, so the size of a batch
 * follows the load by itself: no timer, no added latency when it is quiet.
 */
export function makeIngest(parts: {
  db: Database
  decide: Decide
  onCommit?(report: CommitReport): void
  onUnknownOutcome?(): void
  /** after the COMMIT that stored them */
  onFirings?(firings: readonly StoredFiring[]): void
}): Ingest {
  const watched = makeWatchedStreams()
  const lanes: Lane[] = Array.from({ length: LANES_OF_ALL_KINDS }, () => ({
    queue: new IngestQueue<Pending>(QUEUE_LIMITS),
    running: null,
  }))
  const commitParts = {
    db: parts.db,
    decide: parts.decide,
    watched,
    onUnknownOutcome: parts.onUnknownOutcome ?? (() => undefined),
    onFirings: parts.onFirings ?? (() => undefined),
  }
  let draining = false

  async function run(lane: Lane): Promise<void> {
    // let all requests of this turn of the event loop join the first batch
    await new Promise((resolve) => setImmediate(resolve))
    for (let batch = lane.queue.take(); batch.length > 0; batch = lane.queue.take()) {
      const startedAt = performance.now()
      const settled = await commitBatch(commitParts, batch)
      let points = 0
      for (const [index, write] of batch.entries()) {
        points += write.points.length
        const settlement = settled[index]
        if (settlement && 'outcomes' in settlement) write.resolve(settlement.outcomes)
        else write.reject(settlement?.error ?? new Error('a write was left without an outcome'))
      }
      parts.onCommit?.({ points, writes: batch.length, seconds: (performance.now() - startedAt) / 1000 })
    }
    lane.running = null
  }

  return {
    append(write) {
      return new Promise((resolve, reject) => {
        if (draining) throw new SluiceError('unavailable', 'The server is shutting down', { retryAfterS: 5 })
        const lane = lanes[(write.feedId % LANES) + (watched.touches(write.points) ? LANES : 0)] as Lane
        lane.queue.push({ ...write, resolve, reject })
        lane.running ??= run(lane)
      })
    },
    depth() {
      const depths = lanes.map((lane) => lane.queue.depth)
      return {
        points: depths.reduce((sum, depth) => sum + depth.points, 0),
        bytes: depths.reduce((sum, depth) => sum + depth.bytes, 0),
        fullness: Math.max(
          ...depths.map((d) => Math.max(d.points / QUEUE_LIMITS.points, d.bytes / QUEUE_LIMITS.bytes)),
        ),
      }
    },
    async drain() {
      draining = true
      for (const lane of lanes) await lane.running
    },
  }
}

/** Makes this month's and next month's partition before the first request needs one. */
export async function prepareArchive(db: Database, now: number): Promise<void> {
  await ensurePartitions(db.pool, [now, now + MONTH_US])
}
