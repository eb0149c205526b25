import type { Database } from '@sluice/store'

/** A database whose clock for everything that is due can be moved ahead. */
export type MovedClock = { ahead(seconds: number): Promise<void> }

/** Replaces the platform's clock function by one that adds what a table says; it never goes back. */
export async function moveClock(db: Database): Promise<MovedClock> {
  await db.pool.query(`
    create table test_clock (ahead interval not null);
    insert into test_clock values ('0 s');
    create or replace function platform_now() returns timestamptz language sql stable
      as 'select statement_timestamp() + (select ahead from test_clock)'`)
  return {
    async ahead(seconds) {
      await db.pool.query("update test_clock set ahead = ahead + $1 * interval '1 s'", [seconds])
    },
  }
}
