import type { EventHandler, Session } from '@sluice/wamp'
import { expect, test } from 'vitest'
import { followTriggers } from './follow-triggers.ts'
import type { Follower } from './link.ts'

test.each([
  { dropped: 0, told: ['connecting', 'live', 'event'] },
  { dropped: 3, told: ['connecting', 'live', 'reconnecting', 'live', 'event'] },
])('an event after $dropped lost ones', async ({ dropped, told }) => {
  const seen: string[] = []
  let hear: EventHandler = () => {}
  let join: Follower['joined'] = () => {}
  const link = {
    aliveMs: () => 0,
    close: async () => {},
    follow: (follower: Follower) => {
      join = (session) => follower.joined(session)
      return () => {}
    },
  }
  followTriggers(link, { onTrigger: () => seen.push('event'), onStatus: (status) => seen.push(status) })
  const subscribe = async (_topic: string, handler: EventHandler): Promise<unknown> => {
    hear = handler
    return { id: 1, unsubscribe: async () => {} }
  }
  join({ subscribe } as unknown as Session)
  await expect.poll(() => seen).toEqual(['connecting', 'live'])
  const details = { publication: 1, topic: '', publisher: null, retained: false, trustlevel: null, raw: {} }
  hear([{}], {}, { ...details, dropped })
  expect(seen).toEqual(told)
})
