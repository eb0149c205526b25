import { expect } from 'vitest'
import { openCaller } from './principals.ts'
import type { Caller, Principal } from './principals.ts'
import { verdictBeside } from './rules.ts'
import type { Subject, Variant } from './subject.ts'
import type { World } from './world.ts'

/** What can be followed. */
type Followed = 'feed' | 't' | 'u'
const FOLLOWED = ['feed', 't', 'u'] as const

/** Whether something could be subscribed to, and what came since. */
export type Subscribed = { isOpen: boolean; heard: readonly string[] }
export type Follow = (caller: Caller, ids: { feed: number; datastream: 't' | 'u' | null }) => Promise<Subscribed>

type Follower = Subscribed & { name: string; variant: Variant; followed: Followed }

/**
 * Everybody follows a feed and each datastream of it, of a private one and of a public one. Then values are written, the
 * public feed becomes private, and values are written again.
 * @returns what was wrong, a sentence each
 */
export async function followAll(world: World, principals: readonly Principal[], follow: Follow): Promise<string[]> {
  const wrong: string[] = []
  const followers: Follower[] = []
  const subjects = { private: await make(world, 'private'), public: await make(world, 'public') }
  for (const principal of principals) {
    for (const variant of ['private', 'public'] as const) {
      const { ids } = subjects[variant]
      const caller = await openCaller(world, principal, ids)
      for (const followed of FOLLOWED) {
        const datastream = followed === 'feed' ? null : followed
        const subscribed = await follow(caller, { feed: ids.feed, datastream })
        followers.push({ name: principal.name, variant, followed, ...subscribed })
      }
    }
  }
  for (const follower of followers) {
    if (follower.isOpen !== mayRead(follower)) wrong.push(`${tell(follower)} is ${follower.isOpen ? '' : 'not '}open`)
  }
  await write(world, subjects, '1')
  await expectHeard(followers.filter(mayRead), '1')
  const opened = await world.api.send('PUT', `/v2/feeds/${subjects.public.ids.feed}`, {
    key: world.acme.masterKey,
    body: { private: 'true' },
  })
  expect(opened.status).toBe(200)
  await write(world, subjects, '2')
  const stillMay = (follower: Follower): boolean => mayRead(follower) && mayRead({ ...follower, variant: 'private' })
  await expectHeard(followers.filter(stillMay), '2')
  for (const follower of followers) {
    for (const stream of ['t', 'u'] as const) {
      if (hears(follower, valueOf(stream, '1')) && !mayRead({ ...follower, followed: stream }))
        wrong.push(`${tell(follower)} hears a value of ${stream}`)
      if (hears(follower, valueOf(stream, '2')) && !mayRead({ ...follower, followed: stream, variant: 'private' }))
        wrong.push(`${tell(follower)} hears a value of ${stream} after the feed became private`)
    }
  }
  return wrong
}

const make = (world: World, variant: Variant): Promise<Subject> => world.makeSubject({ variant, hooks: true })

const mayRead = ({ name, variant, followed }: Pick<Follower, 'name' | 'variant' | 'followed'>): boolean =>
  verdictBeside('socket', 'SUBSCRIBE', { name, deed: 'get', thing: followed, variant }) === 'served'

const tell = ({ name, variant, followed }: Follower): string =>
  `${name}: the subscription to ${followed} of the ${variant} feed`

/** A value that is found in any document. */
const valueOf = (stream: 't' | 'u', round: string): string => `77${stream === 't' ? 1 : 2}00${round}.25`

const hears = ({ heard }: Follower, value: string): boolean => heard.some((text) => text.includes(value))

async function write({ api, acme }: World, subjects: Record<Variant, Subject>, round: string): Promise<void> {
  for (const { ids } of Object.values(subjects)) {
    const datastreams = (['t', 'u'] as const).map((id) => ({ id, current_value: valueOf(id, round) }))
    const written = await api.send('PUT', `/v2/feeds/${ids.feed}`, { key: acme.masterKey, body: { datastreams } })
    expect(written.status).toBe(200)
  }
}

/** Who follows a datastream hears its value; who follows a feed that of a datastream which it may read. */
async function expectHeard(followers: readonly Follower[], round: string): Promise<void> {
  const isDeaf = (follower: Follower): boolean => {
    const streams = follower.followed === 'feed' ? (['t', 'u'] as const) : [follower.followed]
    return !streams.some((stream) => hears(follower, valueOf(stream, round)))
  }
  await expect.poll(() => followers.filter(isDeaf).map(tell)).toEqual([])
}
