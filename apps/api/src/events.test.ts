import type { RequestEntry, TriggerEvent } from '@sluice/model'
import { expect, test } from 'vitest'
import { makeAnnounce } from './events.ts'
import type { RealmSession } from './events.ts'

function makeSession(): RealmSession & { published: [string, unknown[] | undefined][]; close(): void } {
  const closed = Promise.withResolvers<void>()
  const published: [string, unknown[] | undefined][] = []
  return {
    published,
    publish: (topic, args) => void published.push([topic, args]),
    closed: closed.promise,
    close: closed.resolve,
  }
}
const event = { datastream: 't', at: '2013-05-06T20:08:17.123456Z', value: '1' }

test('an open realm hears what happens in its account, by id and by login, and nothing of others', () => {
  const announce = makeAnnounce()
  const session = makeSession()
  announce.attach({ realm: 'home', accountId: 7, session })
  announce.datapoints(7, 19, [event])
  announce.datapoints('home', 19, [event])
  announce.datapoints(8, 19, [event])
  announce.datapoints(7, 19, [])
  announce.updated(7, 19)
  announce.request(7, { feed_id: 19 } as RequestEntry)
  announce.request(7, { feed_id: null } as RequestEntry)
  announce.trigger(7, 20, { event: 'fired' } as TriggerEvent)
  announce.trigger(8, 20, { event: 'fired' } as TriggerEvent)
  announce.deviceStatus(7, 3, { status: 'active', at: event.at })
  expect(session.published).toEqual([
    ['sluice.feed.19.datapoints', [[event]]],
    ['sluice.feed.19.datapoints', [[event]]],
    ['sluice.feed.19.updated', []],
    ['sluice.feed.19.request', [{ feed_id: 19 }]],
    ['sluice.feed.20.trigger', [{ event: 'fired' }]],
    ['sluice.device.3.status', [{ status: 'active', at: event.at }]],
  ])
})

test('a realm that closed hears nothing, but one that was opened again does', async () => {
  const announce = makeAnnounce()
  const old = makeSession()
  announce.attach({ realm: 'home', accountId: 7, session: old })
  const fresh = makeSession()
  announce.attach({ realm: 'home', accountId: 7, session: fresh })
  old.close()
  await old.closed
  expect(announce.hears(7)).toBe(true)
  fresh.close()
  await expect.poll(() => announce.hears(7)).toBe(false)
  expect(announce.hears('home')).toBe(false)
})
