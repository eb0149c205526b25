import { LIMITS, type RequestEntry } from '@sluice/model'
import type { Queryable } from '../database.ts'
import { storable } from '../storable-text.ts'

/**
 * An entry of the request log. Secrets are masked and bodies cut by whoever makes it. Its id is the one that its live
 * event carried; without one it gets the microseconds since 1970, which is what the api numbers by too.
 */
export type StoredRequest = Omit<RequestEntry, 'id'> & { id?: string }

/**
 * Adds to an account's request log. Text that Postgres cannot hold (NUL, half surrogates) is replaced by U+FFFD.
 * @returns the ids, in order
 */
export async function insertRequests(
  db: Queryable,
  accountId: number,
  entries: readonly StoredRequest[],
): Promise<string[]> {
  if (entries.length === 0) return []
  const rows = JSON.stringify(entries, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value))
  const { rows: ids } = await db.query<{ id: string }>(INSERT_REQUESTS, [accountId, rows])
  return ids.map((row) => row.id)
}

const INSERT_REQUESTS = `
  insert into request (id, account_id, at, feed_id, method, path, status, duration_ms, protocol, remote_address, key_id,
    key_label, datastream_ids, request_headers, request_body, response_headers, response_body)
  select coalesce((e ->> 'id')::bigint, (extract(epoch from clock_timestamp()) * 1e6)::bigint + place),
    $1, (e ->> 'at')::timestamptz, (e ->> 'feed_id')::bigint, e ->> 'method', e ->> 'path',
    (e ->> 'status')::smallint, (e ->> 'duration_ms')::float8, e ->> 'protocol', e ->> 'remote_address',
    (e ->> 'key_id')::bigint, e ->> 'key_label', array(select json_array_elements_text(e -> 'datastream_ids')),
    e -> 'request_headers', e ->> 'request_body', e -> 'response_headers', e ->> 'response_body'
  from json_array_elements($2::json) with ordinality as entries (e, place) order by place
  returning id::text`

/** Removes all but the newest `keep` entries of an account. @returns how many went */
export async function trimRequests(db: Queryable, accountId: number, keep: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from request where account_id = $1
     and id <= (select id from request where account_id = $1 order by id desc offset $2 limit 1)`,
    [accountId, keep],
  )
  return rowCount ?? 0
}

/** `before` and `after` are ids of entries, which are not in the answer. Ids that are not decimal match nothing. */
export type RequestQuery = { feedId?: number; before?: string; after?: string; limit: number }

/**
 * Entries of an account's log, newest first. With `after` alone, the oldest ones behind it: asking again with the first
 * id of the answer goes on without a gap.
 * @param query.limit 1 … 1000
 */
export async function listRequests(db: Queryable, accountId: number, query: RequestQuery): Promise<RequestEntry[]> {
  const { before, after, feedId } = query
  if (!isCursor(before) || !isCursor(after)) return []
  const onwards = after !== undefined && before === undefined
  const { rows } = await db.query<RequestEntry>(
    `select * from (
       ${SELECT_REQUESTS} where account_id = $1 and ($2::bigint is null or feed_id = $2)
       and ($3::bigint is null or id < $3) and ($4::bigint is null or id > $4)
       order by request.id ${onwards ? 'asc' : 'desc'} limit $5
     ) page order by id::bigint desc`,
    [
      accountId,
      feedId ?? null,
      before ?? null,
      after ?? null,
      Math.min(Math.max(query.limit, 1), LIMITS.requestLogEntriesMax),
    ],
  )
  return rows
}

const SELECT_REQUESTS = `
  select id::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, feed_id, method, path,
    status::int, duration_ms, protocol, remote_address, key_id, key_label, datastream_ids, request_headers,
    request_body, response_headers, response_body
  from request`

/** Up to 18 digits fit a bigint. */
const isCursor = (text: string | undefined): boolean => text === undefined || /^\d{1,18}$/.test(text)
