import type { Micros, Sample } from '@sluice/model'
import type { Database, Queryable, Transaction } from '../database.ts'
import { microsOf, timestampParam } from '../timestamp-sql.ts'

/** A stored value as a rule sees it. How many triggers led to it is not stored. */
export type StoredObservation = Sample & { datastreamId: string; isLate: boolean; hops: number }

export type SampleWindow = {
  /** measurement times, both inclusive */
  start: Micros
  end: Micros
  /** whether values that were older than the newest one when they came are wanted, too */
  withLate: boolean
}

const PAGE = 5_000
/** Sorting late values of years takes its time, and whoever reads may be slow. */
const TIMEOUT_MS = 60_000

const COLUMNS = `${microsOf('at')} as at, value, ${microsOf('arrived_at')} as "arrivedAt", is_late as "isLate"`

/**
 * Stored values of datastreams in the order in which their commits stored them, in pages of at most 5,000: never all in
 * memory. Values that came in time are in the order of their arrival when they are in the order of `at`, so only late
 * ones need sorting. All pages are of one moment; a connection is held until the last one, or until the reader stops.
 * @param streams rows of datastreams by id; who may read them is decided by the caller
 */
export async function* readObservations(
  db: Database,
  streams: ReadonlyMap<string, number>,
  window: SampleWindow,
): AsyncGenerator<StoredObservation[]> {
  const tx = await db.pool.connect()
  let isBroken = true
  try {
    await tx.query('begin isolation level repeatable read read only')
    await tx.query(
      `set local statement_timeout = ${TIMEOUT_MS}; set local idle_in_transaction_session_timeout = ${TIMEOUT_MS}`,
    )
    yield* merged(await openSources(tx, streams, window))
    await tx.query('commit')
    isBroken = false
  } finally {
    // a reader that stopped leaves a transaction that nobody needs
    if (isBroken)
      isBroken = !(await tx.query('rollback').then(
        () => true,
        () => false,
      ))
    tx.release(isBroken)
  }
}

/** The newest value of each datastream that was measured before a time. */
export async function readInputsBefore(
  db: Queryable,
  streams: ReadonlyMap<string, number>,
  before: Micros,
): Promise<Map<string, Sample | null>> {
  const inputs = new Map<string, Sample | null>()
  for (const [id, key] of streams) {
    const { rows } = await db.query<Sample>(
      `select ${microsOf('at')} as at, value, ${microsOf('arrived_at')} as "arrivedAt" from datapoint
       where stream_key = $1 and at < $2::timestamptz order by datapoint.at desc limit 1`,
      [key, timestampParam(before)],
    )
    inputs.set(id, rows[0] ?? null)
  }
  return inputs
}

/**
 * What arrived on a datastream after a time, of its newest `max` values by measurement time; in no order.
 * @returns `isComplete` false where there was more
 */
export async function readArrivalsSince(
  db: Queryable,
  [datastreamId, key]: readonly [string, number],
  arrivedAfter: Micros | null,
  max: number,
): Promise<{ observations: StoredObservation[]; isComplete: boolean }> {
  const { rows } = await db.query<Omit<StoredObservation, 'datastreamId' | 'hops'>>(
    `select ${COLUMNS} from datapoint where stream_key = $1 order by datapoint.at desc limit $2`,
    [key, max],
  )
  const fresh = rows.filter(({ arrivedAt }) => arrivedAfter === null || arrivedAt > arrivedAfter)
  return {
    observations: fresh.map((row) => ({ ...row, datastreamId, hops: 0 })),
    isComplete: rows.length < max || fresh.length < rows.length,
  }
}

/** One ordered part of what is read, a page ahead. */
type Source = { next: StoredObservation | undefined; advance(): void | Promise<void> }

async function openSources(
  tx: Transaction,
  streams: ReadonlyMap<string, number>,
  { start, end, withLate }: SampleWindow,
): Promise<Source[]> {
  const sources: Source[] = []
  for (const [id, key] of streams) {
    // DECLARE takes no parameters; these are numbers and times that we printed
    const within = `stream_key = ${key} and at between '${timestampParam(start)}' and '${timestampParam(end)}'`
    sources.push(await openSource(tx, id, `${within} and not is_late order by datapoint.at`))
    if (withLate) sources.push(await openSource(tx, id, `${within} and is_late order by arrived_at, datapoint.at`))
  }
  return sources
}

let cursors = 0

async function openSource(tx: Transaction, datastreamId: string, which: string): Promise<Source> {
  const name = `samples_${++cursors}`
  await tx.query(`declare ${name} no scroll cursor for select ${COLUMNS} from datapoint where ${which}`)
  // the driver's own limit, which its types do not know for one statement
  const next = { text: `fetch forward ${PAGE} from ${name}`, query_timeout: TIMEOUT_MS }
  let page: StoredObservation[] = []
  let place = 0
  const fetch = async (): Promise<void> => {
    const { rows } = await tx.query<Omit<StoredObservation, 'datastreamId' | 'hops'>>(next)
    page = rows.map((row) => ({ ...row, datastreamId, hops: 0 }))
    place = 0
    source.next = page[0]
  }
  const source: Source = {
    next: undefined,
    advance() {
      source.next = page[++place]
      return source.next === undefined && page.length === PAGE ? fetch() : undefined
    },
  }
  await fetch()
  return source
}

async function* merged(sources: readonly Source[]): AsyncGenerator<StoredObservation[]> {
  let batch: StoredObservation[] = []
  for (;;) {
    const first = firstOf(sources)
    if (!first?.next) break
    batch.push(first.next)
    const waiting = first.advance()
    if (waiting) await waiting
    if (batch.length < PAGE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** By commit, within one by measurement time, then by datastream: as live evaluation sees them. */
function firstOf(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined
  for (const source of sources) {
    if (source.next && (!first?.next || isBefore(source.next, first.next))) first = source
  }
  return first
}

function isBefore(a: StoredObservation, b: StoredObservation): boolean {
  return (a.arrivedAt - b.arrivedAt || a.at - b.at || (a.datastreamId < b.datastreamId ? -1 : 1)) < 0
}
