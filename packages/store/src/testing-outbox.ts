import type { Database } from './database.ts'
import { createAccount } from './directory/accounts.ts'
import { createFeed } from './directory/feed-changes.ts'

/** An account with one trigger whose firings go to one endpoint. */
export type TestTarget = { accountId: number; login: string; feedId: number; endpointId: number; triggerId: number }

/** Makes an account, a feed, an http endpoint and a trigger, with no more than the tables ask for. */
export async function makeTestTarget(db: Database, login: string, url: string): Promise<TestTarget> {
  return db.inTransaction(async (tx) => {
    const { accountId } = await createAccount(tx, { login, name: login, email: `${login}@example.org` })
    const feedId = await createFeed(tx, accountId, { title: login })
    const { rows } = await tx.query<{ endpointId: number; triggerId: number }>(
      `with e as (insert into endpoint (account_id, kind, address) values ($1, 'http', $3) returning id)
       insert into trigger (account_id, feed_id, endpoint_id, name, rule, action)
       select $1, $2, id, 'test', '{}', json_build_object('kind', 'http', 'url', $3::text, 'format', 'json') from e
       returning endpoint_id as "endpointId", id as "triggerId"`,
      [accountId, feedId, url],
    )
    if (!rows[0]) throw new Error('no trigger was made')
    return { accountId, login, feedId, ...rows[0] }
  })
}

/** a statement has ten seconds */
const CHUNK = 5_000

/** Puts firings of the target's trigger into the outbox. @returns the ids, in order */
export async function queueTestDeliveries(db: Database, target: TestTarget, count = 1): Promise<string[]> {
  const ids: string[] = []
  for (let first = 1; first <= count; first += CHUNK) {
    const { rows } = await db.pool.query<{ id: string }>(QUEUE, [
      target.triggerId,
      first,
      Math.min(first + CHUNK - 1, count),
    ])
    ids.push(...rows.map(({ id }) => id))
  }
  return ids
}

const QUEUE = `
  with d as (
    insert into delivery (account_id, endpoint_id, trigger_id, trigger_name, feed_id, datastream_id, cause, at, value,
      action, content_type, body)
    select t.account_id, t.endpoint_id, t.id, t.name, t.feed_id, 'temperature', 'value', platform_now(), series.n::text,
      t.action, 'application/json', json_build_object('value', series.n)::text
    from trigger t, generate_series($2::int, $3::int) as series (n) where t.id = $1 order by series.n
    returning id, number
  ) select id from d order by number`

/** Makes `platform_now()` of this database movable. @returns moves it ahead by so many seconds */
export async function movableClock(db: Database): Promise<(aheadS: number) => Promise<void>> {
  await db.pool.query(`
    create table test_clock (ahead interval not null);
    insert into test_clock values ('0');
    create or replace function platform_now() returns timestamptz language sql stable
      as 'select statement_timestamp() + (select ahead from test_clock)'`)
  return async (aheadS) => {
    await db.pool.query('update test_clock set ahead = ahead + make_interval(secs => $1)', [aheadS])
  }
}
