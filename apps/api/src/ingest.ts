import { SluiceError } from '@sluice/model'
import type { Outcome } from '@sluice/model'
import { ensurePartitions } from '@sluice/store'
import type { Database, StoredFiring, TriggerCache } from '@sluice/store'
import type { Decide } from './decide.ts'
import { foreseeAll, isCovered } from './foresee.ts'
import { commitBatch } from './ingest-commit.ts'
import type { CommitParts, Settlement, Write } from './ingest-commit.ts'
import { IngestQueue } from './ingest-queue.ts'
import { makeUndecided } from './undecided.ts'
import { makeWatchedStreams } from './watched-streams.ts'

/** Batches in flight at once: while one waits for the disk, the next is worked on. A feed always takes the same lane. */
const LANES = 2
/**
 * Lanes of their own, so that nobody waits for what takes longer: writes without triggers, writes of which is foreseen
 * that their triggers make nothing of them, and those that have to be decided. One in two hundred of the last kind made
 * every second batch take three times as long when they shared a lane.
 */
const KINDS = ['plain', 'calm', 'deciding'] as const
/** Of all lanes together; an account may fill three quarters of a lane's part. */
const QUEUE_LIMITS = {
  points: 50_000 / (LANES * KINDS.length),
  bytes: (32 * 1024 * 1024) / (LANES * KINDS.length),
  accountShare: 0.75,
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
type Lane = { kind: (typeof KINDS)[number]; queue: IngestQueue<Pending>; running: Promise<void> | null }

export type IngestParts = {
  db: Database
  decide: Decide
  /** what `decide` remembers of datastreams with triggers */
  cache?: TriggerCache
  onCommit?(report: CommitReport): void
  onUnknownOutcome?(): void
  /** after the COMMIT that stored them */
  onFirings?(firings: readonly StoredFiring[]): void
}

/**
 * Group commit. Writes that arrive while a batch is being committed wait for the next one, so the size of a batch
 * follows the load by itself: no timer, no added latency when it is quiet.
 */
export function makeIngest(parts: IngestParts): Ingest {
  // in the order in which writes are handed on, so that draining them in turn leaves none
  const lanes: Lane[] = KINDS.flatMap((kind) =>
    Array.from({ length: LANES }, () => ({ kind, queue: new IngestQueue<Pending>(QUEUE_LIMITS), running: null })),
  )
  const commitParts = commitPartsOf(parts)
  const { watched } = commitParts
  // what is decided anyway is not foreseen
  const decidingParts = { ...commitParts, cache: new Map() }
  const undecided = makeUndecided()
  let draining = false

  function put(kind: Lane['kind'], write: Pending): void {
    const lane = lanes[(write.feedId % LANES) + KINDS.indexOf(kind) * LANES] as Lane
    lane.queue.push(write)
    if (kind === 'deciding') undecided.begin(write.points)
    lane.running ??= run(lane)
  }

  /** Hands on what cannot be foreseen, with all that comes after it on the same datastreams. @returns the others */
  function sortOut(batch: Pending[]): Pending[] {
    const guards = foreseeAll(commitParts, batch)
    return batch.filter((write) => {
      if (isCovered(write, guards) && !undecided.touches(write.points)) return true
      try {
        put('deciding', write)
      } catch (error) {
        write.reject(error)
      }
      return false
    })
  }

  async function run(lane: Lane): Promise<void> {
    // let all requests of this turn of the event loop join the first batch
    await new Promise((resolve) => setImmediate(resolve))
    for (let taken = lane.queue.take(); taken.length > 0; taken = lane.queue.take()) {
      const batch = lane.kind === 'calm' ? sortOut(taken) : taken
      if (batch.length === 0) continue
      const startedAt = performance.now()
      const settled = await commitBatch(lane.kind === 'deciding' ? decidingParts : commitParts, batch)
      if (lane.kind === 'deciding') for (const write of batch) undecided.end(write.points)
      const points = settle(batch, settled)
      parts.onCommit?.({ points, writes: batch.length, seconds: (performance.now() - startedAt) / 1000 })
    }
    lane.running = null
  }

  return {
    append(write) {
      return new Promise((resolve, reject) => {
        if (draining) throw new SluiceError('unavailable', 'The server is shutting down', { retryAfterS: 5 })
        // by way of the calm lane, even where something waits to be decided: what came before may wait there still
        const isWatched = watched.touches(write.points)
        const kind = isWatched ? 'calm' : undecided.touches(write.points) ? 'deciding' : 'plain'
        put(kind, { ...write, resolve, reject })
      })
    },
    depth: () => depthOf(lanes),
    async drain() {
      draining = true
      for (const lane of lanes) await lane.running
    },
  }
}

function commitPartsOf({ db, decide, cache, onUnknownOutcome, onFirings }: IngestParts): CommitParts {
  return {
    db,
    decide,
    watched: makeWatchedStreams(),
    cache: cache ?? new Map(),
    onUnknownOutcome: () => onUnknownOutcome?.(),
    onFirings: (firings) => onFirings?.(firings),
  }
}

/** Tells every write what became of it. @returns how many points there were */
function settle(batch: readonly Pending[], settled: readonly Settlement[]): number {
  let points = 0
  for (const [index, write] of batch.entries()) {
    points += write.points.length
    const settlement = settled[index]
    if (settlement && 'outcomes' in settlement) write.resolve(settlement.outcomes)
    else write.reject(settlement?.error ?? new Error('a write was left without an outcome'))
  }
  return points
}

function depthOf(lanes: readonly Lane[]): ReturnType<Ingest['depth']> {
  const depths = lanes.map((lane) => lane.queue.depth)
  return {
    points: depths.reduce((sum, depth) => sum + depth.points, 0),
    bytes: depths.reduce((sum, depth) => sum + depth.bytes, 0),
    fullness: Math.max(...depths.map((d) => Math.max(d.points / QUEUE_LIMITS.points, d.bytes / QUEUE_LIMITS.bytes))),
  }
}

/** Makes this month's and next month's partition before the first request needs one. */
export async function prepareArchive(db: Database, now: number): Promise<void> {
  await ensurePartitions(db.pool, [now, now + MONTH_US])
}
