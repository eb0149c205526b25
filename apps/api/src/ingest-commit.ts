import { SluiceError, numberOf } from '@sluice/model'
import type { Micros, NewDatapoint, Outcome } from '@sluice/model'
import { failpoint } from '@sluice/service'
import {
  appendGuarded,
  appendUnwatched,
  appendWatched,
  ensurePartitions,
  isConnectionFailure,
  lockFeeds,
  sqlStateOf,
  withRepeats,
} from '@sluice/store'
import type { Appended, Database, Fate, StoredFiring, TriggerCache } from '@sluice/store'
import { UnlockedFeeds } from './decide.ts'
import type { Decide } from './decide.ts'
import { foreseeAll, isCovered, newestOf } from './foresee.ts'
import type { WatchedStreams } from './watched-streams.ts'

/** How long a batch is tried again, counted from its first failure, before its clients are told to come back. */
const RETRY_WINDOW_MS = 5_000
const RETRY_PAUSE_MS = 100

export type Write = {
  feedId: number
  accountId: number
  points: readonly { datastreamId: string; streamKey: number; at: Micros; value: string }[]
  /** how many triggers led to it, 0 for one that was sent */
  hops?: number
}
export type Settlement = { outcomes: Outcome[] } | { error: unknown }

export type CommitParts = {
  db: Database
  decide: Decide
  /** datastreams with triggers, as far as they are known, and what is remembered of these */
  watched: WatchedStreams
  cache: TriggerCache
  onUnknownOutcome(): void
  /** after COMMIT */
  onFirings(firings: readonly StoredFiring[]): void
}

/**
 * Commits a batch of writes and says what became of each. Never throws: a write has its outcomes or its error.
 *
 * - A value that the database refuses fails only its own write: the batch is halved until it is alone.
 * - A connection that breaks leaves the outcome unknown. The batch is sent again under the same keys, which stores
 *   nothing twice; a point found in place then counts as stored, because it may have been this very batch.
 */
export async function commitBatch(
  parts: CommitParts,
  writes: readonly Write[],
  progress = { mayBeStored: false },
): Promise<Settlement[]> {
  const deadline = performance.now() + RETRY_WINDOW_MS
  for (;;) {
    try {
      return settlements(writes, await attempt(parts, writes, progress), progress.mayBeStored)
    } catch (error) {
      const kind = kindOf(error)
      if (kind === 'refused') return await halve(parts, writes, { error, progress })
      if (kind === 'unknown') progress.mayBeStored = true
      if (kind === 'full' || performance.now() > deadline) {
        if (progress.mayBeStored) parts.onUnknownOutcome()
        return writes.map(() => ({ error: notStored(error, progress.mayBeStored) }))
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * (0.5 + Math.random())))
    }
  }
}

/** What earlier attempts may have left behind: a point found in place then counts as stored. */
type Progress = { mayBeStored: boolean }

/**
 * Writes without watched datastreams are one statement. Of the others those of which is foreseen that they cross nothing
 * are one statement, too, which stores nothing unless everything is as it was foreseen; the rest is one transaction with
 * what the triggers make of it. So a write is always one commit, but where a trigger was made a moment ago: that is
 * found out by the first statement, which leaves its datastream out.
 */
async function attempt(parts: CommitParts, writes: readonly Write[], progress: Progress): Promise<Fate[]> {
  const points = pointsOf(writes)
  await ensurePartitions(
    parts.db.pool,
    points.map((point) => point.at),
  )
  const isWatched = writes.some((write) => parts.watched.touches(write.points))
  const fates = isWatched ? await appendForeseen(parts, writes, points) : await appendUnwatched(parts.db.pool, points)
  const rest = fates.flatMap((fate, index) => (fate === 'missing' ? [index] : []))
  if (rest.length === 0) return fates
  const wasStored = progress.mayBeStored
  progress.mayBeStored ||= rest.length < fates.length
  const later = await appendDeciding(
    parts,
    rest.map((index) => points[index] as NewDatapoint),
    writes.map((write) => write.feedId),
  )
  progress.mayBeStored = wasStored
  for (const [order, index] of rest.entries()) fates[index] = later[order] ?? 'missing'
  return fates
}

function pointsOf(writes: readonly Write[]): NewDatapoint[] {
  const points: NewDatapoint[] = []
  for (const { points: written, hops = 0 } of writes) {
    for (const { streamKey, at, value } of written) points.push({ streamKey, at, value, number: numberOf(value), hops })
  }
  return points
}

/** Appends the writes that cross nothing, as far as can be told. @returns `missing` for the points of all others */
async function appendForeseen(
  parts: CommitParts,
  writes: readonly Write[],
  points: readonly NewDatapoint[],
): Promise<Fate[]> {
  const fates = points.map((): Fate => 'missing')
  const guards = foreseeAll(parts, writes)
  const isCalm = writes.flatMap((write) => {
    const isForeseen = isCovered(write, guards)
    return write.points.map(() => isForeseen)
  })
  const calm = points.filter((_, index) => isCalm[index])
  const appended = calm.length > 0 ? await appendGuarded(parts.db.pool, calm, guards) : null
  if (!appended) return fates
  learnNewest(parts.cache, calm, appended.arrivedAt)
  let next = 0
  return fates.map((fate, index) => (isCalm[index] ? (appended.fates[next++] ?? fate) : fate))
}

function learnNewest(cache: TriggerCache, points: readonly NewDatapoint[], arrivedAt: Micros | null): void {
  for (const { streamKey, ...point } of points) {
    const entry = cache.get(streamKey)
    if (!entry?.newest) continue
    const newest = arrivedAt === null ? null : newestOf(entry.newest, [point], arrivedAt)
    if (newest) entry.newest = newest
    else delete entry.newest
  }
}

async function halve(
  parts: CommitParts,
  writes: readonly Write[],
  { error, progress }: { error: unknown; progress: Progress },
): Promise<Settlement[]> {
  if (writes.length === 1) return [{ error }]
  const middle = Math.ceil(writes.length / 2)
  const first = await commitBatch(parts, writes.slice(0, middle), { ...progress })
  const second = await commitBatch(parts, writes.slice(middle), { ...progress })
  return [...first, ...second]
}

/** What crosses a threshold is decided before it is committed, and announced after. */
async function appendDeciding(parts: CommitParts, points: NewDatapoint[], feedIds: readonly number[]): Promise<Fate[]> {
  const { watched } = parts
  const run = (): Promise<Decided> =>
    withRepeats(parts.db.pool, (expected) => decideOnce(parts, points, watched.shared(feedIds), expected))
  const done = await run().catch((error: unknown) => {
    if (!(error instanceof UnlockedFeeds)) throw error
    watched.learnShared(error.feedIds)
    return run()
  })
  failpoint('api.afterCommit')
  watched.learn(
    points,
    done.watched.map((change) => change.streamKey),
  )
  if (done.firings.length > 0) parts.onFirings(done.firings)
  return done.fates
}

type Decided = Appended & { firings: StoredFiring[] }

async function decideOnce(
  { db, decide }: CommitParts,
  points: NewDatapoint[],
  feedsToLock: readonly number[],
  expectsRepeats: boolean,
): Promise<Decided> {
  return db.inTransaction(async (tx) => {
    await lockFeeds(tx, feedsToLock)
    const appended = await appendWatched(tx, points, expectsRepeats)
    const changes = appended.watched.filter((change) => change.points.length > 0)
    const firings = changes.length > 0 ? await decide(tx, changes, feedsToLock) : []
    failpoint('api.beforeCommit')
    return { ...appended, firings }
  })
}

function settlements(writes: readonly Write[], fates: readonly Fate[], mayBeStored: boolean): Settlement[] {
  let index = 0
  return writes.map((write) => ({ outcomes: write.points.map(() => outcomeOf(fates[index++], mayBeStored)) }))
}

function outcomeOf(fate: Fate | undefined, mayBeStored: boolean): Outcome {
  if (fate === 'missing') return { result: 'rejected', reason: 'datastream does not exist' }
  return { result: fate === 'duplicate' && !mayBeStored ? 'duplicate' : 'stored' }
}

function notStored(cause: unknown, mayBeStored: boolean): SluiceError {
  const words = mayBeStored
    ? 'It is not known whether the datapoints were stored; sending them again is safe'
    : 'The datapoints could not be stored; nothing of them was kept'
  return new SluiceError('unavailable', words, { retryAfterS: 5, cause })
}

/**
 * What an error of the database means. `refused`: it answered that this data cannot be stored. `full`: no room; coming
 * back soon does not help. `again`: it answered that it did nothing, and may do it later. `unknown`: the connection
 * broke, perhaps after COMMIT was sent. Codes are SQLSTATE (Postgres, appendix A).
 */
function kindOf(error: unknown): 'refused' | 'full' | 'again' | 'unknown' {
  if (isConnectionFailure(error)) return 'unknown'
  const state = sqlStateOf(error) ?? ''
  if (state === '53100') return 'full'
  return /^(53|55|40001|40P01|57014)/.test(state) ? 'again' : 'refused'
}
