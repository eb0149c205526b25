import type { Change, Micros, NewDatapoint } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { sqlStateOf } from '../failure.ts'
import { ALL, ALL_NEW, GUARDED_NEW, UNWATCHED, UNWATCHED_NEW } from './append-statement.ts'
import type { AppendRow, Statement, Statements } from './append-statement.ts'
import { settle } from './settle.ts'
import { touchesOf } from './touches.ts'

/** `missing`: the datastream does not exist (any more), or is watched and was left out; nothing of the point was kept. */
export type Fate = 'stored' | 'duplicate' | 'missing'

export type Appended = {
  /** one for each point, in order */
  fates: Fate[]
  /** datastreams with triggers, for the evaluation in the same transaction; also those of which every point was there */
  watched: Change[]
}

const UNIQUE_VIOLATION = '23505'
const DIVISION_BY_ZERO = '22012'
/** How long a database that was just sent a repeated time is expected to be sent more of them. */
const REPEATS_MS = 10_000
const repeatsUntil = new WeakMap<Queryable, number>()

/**
 * Appends datapoints to the datastreams without triggers, of one or many feeds: one statement that is a transaction of
 * its own, because two more round trips for BEGIN and COMMIT cost more than the statement when the server is busy. A
 * trigger that is made at the same moment is seen: its datastream's row is locked, and looked at again.
 *
 * Points usually have times that are not there yet, and a plain insert of those takes two thirds of the time of one that
 * is prepared for repeats (66,000 against 101,000 points/s on one connection). So that is tried first; a batch with a
 * repeated time is refused whole, and goes the prepared way, as do all for a while.
 * @param points as for `appendWatched`
 * @returns the fates of all points; those of watched datastreams are `missing` and have to be appended with
 *   `appendWatched`
 */
export async function appendUnwatched(db: Queryable, points: readonly NewDatapoint[]): Promise<Fate[]> {
  return (await withRepeats(db, (expected) => append(db, expected ? UNWATCHED : UNWATCHED_NEW, points))).fates
}

/**
 * Runs `work` with what is to be expected: times that are there already, or only new ones. When a repeated time comes up
 * against the expectation, it is run again.
 * @param db what the expectation is remembered of
 * @param work throws Postgres' unique violation, and has then done nothing
 */
export async function withRepeats<T>(db: Queryable, work: (expected: boolean) => Promise<T>): Promise<T> {
  if (!expectsRepeats(db)) {
    try {
      return await work(false)
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error
      repeatsUntil.set(db, performance.now() + REPEATS_MS)
    }
  }
  return work(true)
}

/**
 * Appends datapoints and moves their datastreams forward: `current_value` is the newest by `at`. Identity of a point is
 * (datastream, at): the same value again is a duplicate, another value replaces.
 * @param tx an open transaction, committed by the caller; nothing is stored before that
 * @param points any number in order of arrival; of two with equal (datastream, at) the later one wins. The partitions of
 *   their times must exist (`ensurePartitions`)
 * @param expectsRepeats false throws a unique violation when a time is there already (see `withRepeats`)
 */
export async function appendWatched(
  tx: Queryable,
  points: readonly NewDatapoint[],
  expectsRepeats = true,
): Promise<Appended> {
  return append(tx, expectsRepeats ? ALL : ALL_NEW, points)
}

const expectsRepeats = (db: Queryable): boolean => performance.now() < (repeatsUntil.get(db) ?? 0)

/**
 * What a datastream has to be like for an append that was judged beforehand: the revision of its triggers, and the time
 * of arrival of its last value. Null for one that has to have no trigger.
 */
export type Guard = { revision: number; arrivedAt: Micros } | null

/**
 * Appends points of which it is known already what triggers make of them (nothing), by one statement that is a
 * transaction of its own. Nothing at all is appended unless every datastream is as expected.
 * @param guards one for each datastream of the points
 * @returns null when nothing was appended, because a datastream is not as expected or a time is there already. The time
 *   of arrival is null where it is not one for all
 */
export async function appendGuarded(
  db: Queryable,
  points: readonly NewDatapoint[],
  guards: ReadonlyMap<number, Guard>,
): Promise<{ fates: Fate[]; arrivedAt: Micros | null } | null> {
  if (expectsRepeats(db)) return null
  try {
    const { fates, row } = await append(db, GUARDED_NEW, points, guards)
    const [first = 0, last = 0] = [row.first_arrival, row.last_arrival]
    return { fates, arrivedAt: first === last ? micros(last) : null }
  } catch (error) {
    const state = sqlStateOf(error)
    if (state === UNIQUE_VIOLATION) repeatsUntil.set(db, performance.now() + REPEATS_MS)
    else if (state !== DIVISION_BY_ZERO) throw error
    return null
  }
}

async function append(
  db: Queryable,
  statement: Statement | Statements,
  points: readonly NewDatapoint[],
  guards?: ReadonlyMap<number, Guard>,
): Promise<Appended & { row: AppendRow }> {
  const { written, standsFor, streams } = settle(points)
  const rows = written.map((index) => points[index] as NewDatapoint)
  const keys = streams.map((s) => s.key)
  const touches = 'plain' in statement ? touchesOf(db) : null
  const due = touches?.dueOf(keys) ?? []
  const { rows: answer } = await db.query<AppendRow>({
    ...('plain' in statement ? statement[due.length > 0 ? 'touching' : 'plain'] : statement),
    values: [
      integers(keys),
      integers(streams.map((s) => s.newest.at)),
      texts(streams.map((s) => s.newest.value)),
      numbers(streams.map((s) => s.min)),
      numbers(streams.map((s) => s.max)),
      integers(rows.map((p) => p.streamKey)),
      integers(rows.map((p) => p.at)),
      texts(rows.map((p) => p.value)),
      numbers(rows.map((p) => p.number)),
      streams.length,
      rows.length,
      ...(guards ? guardColumns(streams, guards) : []),
      ...(due.length > 0 ? [integers(due)] : []),
    ],
  })
  const row = answer[0]
  if (!row) throw new Error('the append statement answered nothing')
  touches?.done(due)
  const fateOf = readFates(row)
  const settled = new Map(written.map((index, order) => [index, fateOf(rows[order] as NewDatapoint)]))
  const isStored = (index: number): boolean => settled.get(index) === 'stored'
  return {
    row,
    fates: standsFor.map((winner, index) => fateBehind(points, { winner, index }, settled.get(winner) ?? 'stored')),
    watched: changesOf(
      row,
      written.filter(isStored).map((index) => points[index] as NewDatapoint),
    ),
  }
}

function guardColumns(streams: readonly { key: number }[], guards: ReadonlyMap<number, Guard>): string[] {
  const list = streams.map(({ key }) => guards.get(key) ?? null)
  return [numbers(list.map((guard) => guard?.revision ?? null)), numbers(list.map((guard) => guard?.arrivedAt ?? null))]
}

function changesOf(row: AppendRow, stored: readonly NewDatapoint[]): Change[] {
  if (!row.watched_keys) return []
  const changes = new Map(row.watched_keys.map((key, index) => [Number(key), changeOf(row, index)]))
  for (const { streamKey, at, value, hops = 0 } of stored) {
    const change = changes.get(streamKey)
    change?.points.push({ at, value, isLate: change.previous !== null && at < change.previous.at, hops })
  }
  return [...changes.values()]
}

function changeOf(row: AppendRow, index: number): Change {
  const value = row.watched_values?.[index] ?? null
  const at = row.watched_ats?.[index] ?? null
  const last = row.watched_lasts?.[index] ?? at
  return {
    streamKey: Number(row.watched_keys?.[index]),
    feedId: Number(row.watched_feeds?.[index]),
    datastreamId: row.watched_ids?.[index] ?? '',
    triggerRevision: Number(row.watched_revisions?.[index]),
    previous: value === null || at === null ? null : { at: micros(at), value, arrivedAt: micros(last ?? at) },
    arrivedAt: micros(row.watched_nows?.[index] ?? 0),
    points: [],
  }
}

const micros = (seconds: number): Micros => Math.round(seconds * 1e6)

/** A point that a later one of the same batch replaced was stored for a moment, or repeated what that one says. */
function fateBehind(
  points: readonly NewDatapoint[],
  { winner, index }: { winner: number; index: number },
  fate: Fate,
): Fate {
  if (winner === index || fate === 'missing') return fate
  return points[winner]?.value === points[index]?.value ? 'duplicate' : 'stored'
}

function readFates(row: AppendRow): (point: NewDatapoint) => Fate {
  const found = row.found === null && row.streams > 0 ? null : new Set(row.found ?? [])
  const keys = row.stored_keys
  const allStored = keys === null && row.stored > 0
  const stored = new Set((keys ?? []).map((key, index) => `${key} ${row.stored_ats?.[index]}`))
  return (point) => {
    if (found && !found.has(String(point.streamKey))) return 'missing'
    return allStored || stored.has(`${point.streamKey} ${point.at}`) ? 'stored' : 'duplicate'
  }
}

const integers = (list: readonly number[]): string => `{${list.join(',')}}`
const numbers = (list: readonly (number | null)[]): string => `{${list.map((n) => n ?? 'NULL').join(',')}}`
/** Quoted always, so that neither a comma nor the word NULL is taken for syntax. */
const texts = (list: readonly string[]): string =>
  `{${list.map((text) => `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`).join(',')}}`
