import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type pg from 'pg'
import { expect, inject, test } from 'vitest'
import { type Migration, migrate, readMigrations } from '../src/migrate.ts'
import { onServer, urlWithDatabase } from '../src/testing-server.ts'

/** A database without any schema. */
async function openEmpty(): Promise<AsyncDisposable & { url: string; rows(sql: string): Promise<unknown[]> }> {
  const server = inject('sluiceTestServer')
  const name = `${inject('sluiceTestTemplate')}_${Math.random().toString(36).slice(2)}`
  await onServer(server, (client) => client.query(`create database ${name}`))
  const url = urlWithDatabase(server, name)
  return {
    url,
    rows: async (sql) => onServer(url, async (client) => (await client.query<pg.QueryResultRow>(sql)).rows),
    async [Symbol.asyncDispose]() {
      await onServer(server, (client) => client.query(`drop database ${name} with (force)`))
    },
  }
}

const migration = (version: number, sql: string): Migration => ({
  version,
  name: `00${version}-test.sql`,
  sql,
  checksum: `checksum of ${sql}`,
})
const FIRST = migration(1, 'create table one (id int); insert into one values (1)')
const SECOND = migration(2, 'create table two (id int)')
const TABLES = `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`

test('the files of this package are applied once', async () => {
  await using empty = await openEmpty()
  const names = (await readMigrations()).map((file) => file.name)
  expect(names.length).toBeGreaterThan(0)
  expect(await migrate(empty.url)).toEqual({ applied: names })
  expect(await migrate(empty.url)).toEqual({ applied: [] })
})

test('two that start at once apply each file once', async () => {
  await using empty = await openEmpty()
  const results = await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)])
  expect(results.flatMap((result) => result.applied)).toEqual((await readMigrations()).map((file) => file.name))
})

test('a file that fails leaves the files before it whole and nothing of itself', async () => {
  await using empty = await openEmpty()
  const broken = migration(2, 'create table two (id int); select 1/0')
  await expect(migrate(empty.url, [FIRST, broken])).rejects.toThrow('002-test.sql could not be applied')
  expect(await empty.rows(TABLES)).toEqual([{ relname: 'one' }, { relname: 'schema_migration' }])
  expect(await migrate(empty.url, [FIRST, SECOND])).toEqual({ applied: ['002-test.sql'] })
  expect(await empty.rows('select * from one')).toEqual([{ id: 1 }])
})

test('a process killed inside a file leaves nothing of it, and the next start goes on at once', async () => {
  await using empty = await openEmpty()
  const sql = 'create table one (id int); select pg_sleep(60)'
  const script = `
    import { migrate } from ${JSON.stringify(new URL('../src/migrate.ts', import.meta.url).href)}
    await migrate(${JSON.stringify(empty.url)}, [${JSON.stringify(migration(1, sql))}])`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' })
  const asleep = async () =>
    empty.rows(
      `select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and wait_event = 'PgSleep' and datname = current_database()`,
    )
  await expect.poll(asleep, { timeout: 10_000 }).toHaveLength(1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  // a sleeping backend does not notice that its client is gone
  await empty.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
  )
  expect(await migrate(empty.url, [FIRST])).toEqual({ applied: ['001-test.sql'] })
  expect(await empty.rows('select * from one')).toEqual([{ id: 1 }])
})

test.each([
  {
    what: 'a newer schema than these files',
    files: [FIRST],
    message: 'schema version 2 (002-test.sql), this Sluice knows 1 at most: start a newer Sluice',
  },
  {
    what: 'a file that changed',
    files: [FIRST, { ...SECOND, checksum: 'other' }],
    message: '002-test.sql was changed after it was applied',
  },
])('$what is refused, and nothing is touched', async ({ files, message }) => {
  await using empty = await openEmpty()
  await migrate(empty.url, [FIRST, SECOND])
  await expect(
    migrate(empty.url, [...files, migration(3, 'create table three (id int)')].slice(0, files.length)),
  ).rejects.toThrow(message)
  expect(await empty.rows(TABLES)).toEqual([{ relname: 'one' }, { relname: 'schema_migration' }, { relname: 'two' }])
})
