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

test('accounts and devices from before products keep what they were', async () => {
  await using empty = await openEmpty()
  const files = await readMigrations()
  await migrate(empty.url, files.slice(0, 3))
  const all = '{"accessMethods":["get","put","post","delete"],"resources":[{"feedId":1}]}'
  await empty.rows(`
    insert into account (login, name, email) values ('first', 'x', 'x'), ('second', 'x', 'x');
    insert into feed (account_id, title) values (1, 'x'), (1, 'y');
    insert into product (id, account_id, name, secret) values ('one', 1, 'x', 'x'), ('two', 1, 'y', 'y');
    insert into device (account_id, product_id, feed_id, serial, activation_code)
      values (1, 'one', 1, 's', 'a'), (1, 'two', 2, 's', 'b');
    insert into api_key (account_id, label, hash, sealed, masked, private_access, permissions, bound_feed_id) values
      (1, 'read', 'a', 'a', 'a', true, '[{"accessMethods":["get"],"resources":[{"feedId":1}]}]', 1),
      (1, 'device', 'b', 'b', 'b', true, '[${all}]', 1),
      (1, 'two ways', 'c', 'c', 'c', true, '[${all},${all}]', 1),
      (1, 'one datastream', 'd', 'd', 'd', true,
        '[{"accessMethods":["get","put","post","delete"],"resources":[{"feedId":2,"datastreamId":"t"}]}]', 2)`)
  await migrate(empty.url, files)
  expect(await empty.rows('select login, is_admin from account order by id')).toEqual([
    { login: 'first', is_admin: true },
    { login: 'second', is_admin: false },
  ])
  const devices = `select v.is_preregistered, p.is_hidden, p.feed_defaults, k.label from device v
    join product p on p.id = v.product_id left join api_key k on k.id = v.key_id order by v.id`
  const made = { is_preregistered: false, is_hidden: true, feed_defaults: { isPrivate: true } }
  expect(await empty.rows(devices)).toEqual([
    { ...made, label: 'device' },
    { ...made, label: null },
  ])
})
