import { createAccount, createFeed, removeFeed } from '@sluice/store'
import { openTestDatabase } from '@sluice/store/testing'
import { expect, test } from 'vitest'
import { makeFeedCache } from '../src/feed-cache.ts'

test('a feed is remembered for five seconds, or until it is forgotten', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  let now = 0
  const feeds = makeFeedCache({ db, now: () => now })
  const names = { login: 'ann', name: 'Ann', email: 'ann@example.org' }
  const { accountId } = await db.inTransaction((tx) => createAccount(tx, names))
  const feedId = await db.inTransaction((tx) => createFeed(tx, accountId, { title: 'f', isPrivate: true }))
  const isPrivate = async () => (await feeds.resolve(feedId))?.isPrivate
  const publish = (value: boolean) => db.pool.query('update feed set is_private = $2 where id = $1', [feedId, !value])

  expect(await feeds.resolve(feedId)).toMatchObject({ feedId, accountId, isPrivate: true, streams: new Map() })
  await publish(true)
  now = 4999
  expect(await isPrivate()).toBe(true)
  now = 5000
  expect(await isPrivate()).toBe(false)
  await publish(false)
  expect(await isPrivate()).toBe(false)
  feeds.forget(feedId)
  expect(await isPrivate()).toBe(true)

  const made = await feeds.ensure(feedId, ['a', 'b'])
  expect([...made.keys()]).toEqual(['a', 'b'])
  expect((await feeds.resolve(feedId))?.streams).toEqual(made)
  expect(await feeds.ensure(feedId, ['b'])).toEqual(new Map([['b', made.get('b')]]))

  await db.inTransaction((tx) => removeFeed(tx, feedId))
  feeds.forget(feedId)
  expect(await feeds.resolve(feedId)).toBeNull()
  await expect(feeds.ensure(feedId, ['c'])).rejects.toMatchObject({ code: 'not_found' })
})

test('a change that is told of while a look-up is under way is not overlooked', async () => {
  await using database = await openTestDatabase()
  const { db } = database
  const feeds = makeFeedCache({ db })
  const names = { login: 'ann', name: 'Ann', email: 'ann@example.org' }
  const { accountId } = await db.inTransaction((tx) => createAccount(tx, names))
  const feedId = await db.inTransaction((tx) => createFeed(tx, accountId, { title: 'f' }))
  const early = feeds.resolve(feedId)
  const made = await feeds.ensure(feedId, ['a'])
  await early
  expect((await feeds.resolve(feedId))?.streams).toEqual(made)
})
