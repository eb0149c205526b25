import { once } from 'node:events'
import { SluiceError } from '@sluice/model'
import { expect, test } from 'vitest'
import { checkDurability, openDatabase } from '../src/database.ts'
import { openTestDatabase } from '../src/testing.ts'

test('a test database is migrated and its own', async () => {
  await using one = await openTestDatabase()
  await using two = await openTestDatabase()
  await one.db.pool.query(`insert into account (login, name, email) values ('ada', 'Ada', 'ada@example.org')`)
  const { rows } = await two.db.pool.query('select count(*) as count from account')
  expect(rows).toEqual([{ count: 0 }])
})

test('a bigint is a number, and refused where a number is not exact', async () => {
  await using database = await openTestDatabase()
  const { rows } = await database.db.pool.query('select 9007199254740991 as big')
  expect(rows).toEqual([{ big: Number.MAX_SAFE_INTEGER }])
  await expect(database.db.pool.query('select 9007199254740993 as big')).rejects.toThrow('is not exact')
})

test('work that throws leaves nothing behind', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const failing = db.inTransaction(async (tx) => {
    await tx.query(`insert into account (login, name, email) values ('ada', 'Ada', 'ada@example.org')`)
    throw new RangeError('no')
  })
  await expect(failing).rejects.toThrow(RangeError)
  expect((await db.pool.query('select count(*) as count from account')).rows).toEqual([{ count: 0 }])
})

test('a server that is not there is an outage', async () => {
  const opening = openDatabase({ url: 'postgres://sluice:x@127.0.0.1:1/sluice' })
  await expect(opening).rejects.toMatchObject({ name: 'SluiceError', code: 'unavailable', retryAfterS: 1 })
})

test('connections that the server ends are replaced, and the process lives', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const killed = db.inTransaction(async (tx) => {
    await using killer = await openDatabase({ url: database.url, poolMax: 1 }).then((other) => ({
      kill: (pid: number) => other.pool.query('select pg_terminate_backend($1)', [pid]),
      [Symbol.asyncDispose]: other.close,
    }))
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await killer.kill(rows[0]?.pid ?? 0)
    await tx.query('select 1')
  })
  await expect(killed).rejects.toThrow(SluiceError)
  expect((await db.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a connection that breaks while it is lent and idle does not end the process', async () => {
  await using database = await openTestDatabase()
  const { pool } = database.db
  const lent = await pool.connect()
  const { rows } = await lent.query<{ pid: number }>('select pg_backend_pid() as pid')
  const broken = once(lent, 'error')
  await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  expect(String(await broken.catch((error: unknown) => error))).toContain('terminating connection')
  lent.release(true)
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('of two transactions that deadlock both end well', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  await db.pool.query(`insert into account (login, name, email) values ('ada', '0', 'a'), ('bob', '0', 'b')`)
  let arrived = 0
  const meet = Promise.withResolvers<void>()
  const add = (first: string, second: string) =>
    db.inTransaction(async (tx) => {
      await tx.query('update account set name = name::int + 1 where login = $1', [first])
      if (++arrived === 2) meet.resolve()
      await meet.promise
      await tx.query('update account set name = name::int + 1 where login = $1', [second])
    })
  await Promise.all([add('ada', 'bob'), add('bob', 'ada')])
  expect((await db.pool.query('select name from account')).rows).toEqual([{ name: '2' }, { name: '2' }])
  expect(arrived).toBeGreaterThanOrEqual(3)
})

test.each([
  { setting: 'as they are', sql: null, problems: [] },
  { setting: 'synchronous_commit off', sql: 'set synchronous_commit = off', problems: ['synchronous_commit is off'] },
])('durability with settings $setting', async ({ sql, problems }) => {
  await using database = await openTestDatabase()
  const client = await database.db.pool.connect()
  if (sql) await client.query(sql)
  expect(await checkDurability(client)).toEqual({ durable: problems.length === 0, problems })
  client.release(true)
})
