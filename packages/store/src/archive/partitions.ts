import type { Micros } from '@sluice/model'
import type { Pool } from 'pg'

/** Before this year one partition holds a year, from it on a month: a device may send times 100 years back. */
const MONTHLY_FROM_YEAR = 2010
/** Any number that nothing else in the database uses as an advisory lock. */
const PARTITION_LOCK = 7_301_102

type Partition = { name: string; from: string; to: string }

/** Partitions that are known to exist, for each pool: they are never dropped while a process runs. */
const known = new WeakMap<Pool, Set<string>>()

/** The partition of `datapoint` that a time belongs to. Bounds are UTC dates, the upper one excluded. */
export function partitionOf(at: Micros): Partition {
  const date = new Date(at / 1000)
  const year = date.getUTCFullYear()
  if (year < MONTHLY_FROM_YEAR) return { name: `datapoint_y${year}`, from: `${year}-01-01`, to: `${year + 1}-01-01` }
  const month = date.getUTCMonth() + 1
  const next = month === 12 ? `${year + 1}-01-01` : `${year}-${two(month + 1)}-01`
  return { name: `datapoint_y${year}m${two(month)}`, from: `${year}-${two(month)}-01`, to: next }
}

/**
 * Makes the partitions that these times need, where they are not there yet. Cheap when they are: one set look-up a time.
 * Attaching takes a weaker lock than `create table … partition of`, which would stop every reader of the archive.
 */
export async function ensurePartitions(pool: Pool, ats: Iterable<Micros>): Promise<void> {
  const existing = known.get(pool) ?? new Set<string>()
  known.set(pool, existing)
  const wanted = new Map<string, Partition>()
  // points of a batch mostly lie in one partition: its bounds are compared, not its name made anew for each
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const at of ats) {
    if (at >= from && at < to) continue
    const partition = partitionOf(at)
    from = Date.parse(partition.from) * 1000
    to = Date.parse(partition.to) * 1000
    if (!existing.has(partition.name)) wanted.set(partition.name, partition)
  }
  for (const partition of wanted.values()) {
    await attach(pool, partition)
    existing.add(partition.name)
  }
}

async function attach(pool: Pool, { name, from, to }: Partition): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [PARTITION_LOCK])
    const { rows } = await client.query(`select 1 from pg_inherits where inhrelid = to_regclass($1)`, [name])
    if (rows.length === 0) {
      // names and bounds come from a date, never from text of a client
      await client.query(`create table if not exists ${name} (like datapoint including all)`)
      await client.query(
        `alter table datapoint attach partition ${name} for values from ('${from} 00:00:00+00') to ('${to} 00:00:00+00')`,
      )
    }
    await client.query('commit')
    client.release()
  } catch (error) {
    // a client in an open or broken transaction must not go back to the pool
    client.release(true)
    throw error
  }
}

const two = (number: number): string => String(number).padStart(2, '0')
