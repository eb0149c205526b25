import { type Micros, formatTimestamp } from '@sluice/model'
import type { Queryable } from './database.ts'

/** SQL for a timestamptz as microseconds since 1970, exact. `extract` answers a numeric, so nothing is rounded. */
export const microsOf = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`

/** SQL for a timestamptz as whole seconds in ISO 8601, UTC. */
export const secondsOf = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`

/** SQL for a timestamptz as `formatTimestamp` prints it. */
export const isoOf = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** A time as the value of a parameter that the statement casts to timestamptz. */
export const timestampParam = (at: Micros | null): string | null => (at === null ? null : formatTimestamp(at))

/** The clock of everything that is due or arrives: the database's, whatever the clocks of its clients say. */
export async function readClock(db: Queryable): Promise<Micros> {
  const { rows } = await db.query<{ now: Micros }>(`select ${microsOf('platform_now()')} as now`)
  return rows[0]?.now ?? 0
}
