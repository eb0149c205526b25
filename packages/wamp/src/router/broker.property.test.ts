import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TYPE } from '../messages.ts'
import { openNamed } from '../testing/named-peers.ts'
import type { Talker } from '../testing/talker.ts'
import { type MatchPolicy, matches } from '../uri.ts'

const AUTHIDS = ['sue', 'tom', 'pat', 'eve']
const ROLES = ['user', 'boss']

const component = fc.constantFrom('a', 'b', 'ab')
const topic = fc.constantFrom('a', 'ab', 'a.b', 'ab.b', 'a.ab', 'a.b.a', 'a.ab.b')
const pattern = fc.oneof(
  fc.record({ match: fc.constant<MatchPolicy>('exact'), topic }),
  fc.record({
    match: fc.constant<MatchPolicy>('prefix'),
    topic: fc.oneof(
      topic,
      topic.map((t) => `${t}.`),
      fc.constant('a'),
    ),
  }),
  fc.record({
    match: fc.constant<MatchPolicy>('wildcard'),
    topic: fc
      .array(fc.oneof(component, fc.constant('')), { minLength: 2, maxLength: 3 })
      .map((parts) => parts.join('.')),
  }),
)
const peer = fc.nat(AUTHIDS.length - 1)
/** Mostly not there, as all lists are ANDed. */
const rarely = <T>(list: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: list })
const peers = rarely(fc.subarray([0, 1, 2, 3]))
const roles = rarely(fc.subarray(ROLES))
const lists = fc.record({
  exclude_me: fc.constantFrom(true, true, false),
  exclude: peers,
  eligible: peers,
  exclude_authid: peers,
  eligible_authid: peers,
  exclude_authrole: roles,
  eligible_authrole: roles,
})
type Lists = typeof lists extends fc.Arbitrary<infer L> ? L : never

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('subscribe' as const), peer, pattern }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('unsubscribe' as const), peer, which: fc.nat(20) }) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant('publish' as const), peer, topic, lists }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('rejoin' as const), peer }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Subscription {
  readonly match: MatchPolicy
  readonly topic: string
  readonly id: number
}

/** One client: what came to it, what the model says must have, and what it holds in the model. */
class Client {
  readonly talker: Talker
  readonly index: number
  readonly came: unknown[][] = []
  readonly expected: string[] = []
  readonly held: Subscription[] = []
  #request = 0

  constructor(talker: Talker, index: number) {
    this.talker = talker
    this.index = index
    void this.#collect()
  }

  async ask(type: number, ...rest: unknown[]): Promise<void> {
    this.#request += 1
    this.talker.send([type, this.#request, ...rest])
    await settled()
  }

  async #collect(): Promise<void> {
    for (;;) {
      const message = await this.talker.next()
      if (!isMeta(message)) this.came.push(message)
    }
  }
}

/** Meta events match patterns as other events do; they are not what this is about. */
function isMeta([type, , , details]: unknown[]): boolean {
  return type === TYPE.EVENT && String((details as { topic?: string }).topic).startsWith('wamp.')
}

/** Everything in memory moves in microtasks, a few for each message. */
async function settled(): Promise<void> {
  for (let n = 0; n < 12; n += 1) await Promise.resolve()
}

function receives(client: Client, publisher: Client, { l, ids }: { l: Lists; ids: readonly number[] }): boolean {
  const role = ROLES[client.index % 2] ?? ''
  if (client === publisher && l.exclude_me) return false
  if (l.exclude?.includes(client.index) || l.exclude_authid?.includes(client.index)) return false
  if (l.eligible && !l.eligible.includes(client.index)) return false
  if (l.eligible_authid && !l.eligible_authid.includes(client.index)) return false
  if (l.exclude_authrole?.includes(role) || (l.eligible_authrole && !l.eligible_authrole.includes(role))) return false
  return ids.includes(client.talker.session)
}

function optionsOf(
  { exclude_me, exclude, eligible, ...others }: Lists,
  ids: readonly number[],
): Record<string, unknown> {
  const sessions = (list: number[] | undefined): unknown => list?.map((index) => ids[index])
  const authids = (list: number[] | undefined): unknown => list?.map((index) => AUTHIDS[index])
  const options = {
    exclude_me,
    exclude: sessions(exclude),
    eligible: sessions(eligible),
    exclude_authid: authids(others.exclude_authid),
    eligible_authid: authids(others.eligible_authid),
    exclude_authrole: others.exclude_authrole,
    eligible_authrole: others.eligible_authrole,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** Events of one publication have no order among each other. */
function sortedWithin(log: readonly string[]): string[] {
  const key = (entry: string): string => entry.split(' ').slice(0, 2).join(' ')
  const sorted: string[] = []
  for (let at = 0; at < log.length;) {
    let end = at
    while (end < log.length && key(log[end] ?? '') === key(log[at] ?? '')) end += 1
    sorted.push(...log.slice(at, end).toSorted((a, b) => (a < b ? -1 : 1)))
    at = end
  }
  return sorted
}

function described(message: unknown[]): string {
  const [type, , , details, args] = message
  if (type === TYPE.SUBSCRIBED) return `subscribed ${String(message[1])} ${String(message[2])}`
  if (type === TYPE.UNSUBSCRIBED) return `unsubscribed ${String(message[1])}`
  if (type !== TYPE.EVENT) return JSON.stringify(message)
  return `event ${String((args as unknown[])[0])} ${String(message[1])} ${JSON.stringify(details)}`
}

let events = 0

async function run(steps: readonly Step[]): Promise<void> {
  const { router, enter } = openNamed()
  const join = async (index: number): Promise<Client> =>
    new Client(await enter(AUTHIDS[index] ?? '', ROLES[index % 2]), index)
  const clients: Client[] = []
  const gone: Client[] = []
  for (const index of AUTHIDS.keys()) clients.push(await join(index))
  /** Ids of subscriptions that are alive, by match and topic: all subscribers of one share it. */
  const ids = new Map<string, number>()
  const forget = ({ match, topic: name }: Subscription): void => {
    if (!clients.some(({ held }) => held.some((one) => one.match === match && one.topic === name)))
      ids.delete(`${match} ${name}`)
  }
  const leave = async (client: Client): Promise<void> => {
    client.talker.peer.close()
    await settled()
    gone.push(client)
    for (const subscription of client.held.splice(0)) forget(subscription)
  }
  for (const [n, s] of steps.entries()) {
    const client = clients[s.peer]
    if (!client) continue
    if (s.does === 'subscribe') {
      const { match, topic: name } = s.pattern
      await client.ask(TYPE.SUBSCRIBE, { match }, name)
      const answer = client.came.at(-1) ?? []
      const id = Number(answer[2])
      const key = `${match} ${name}`
      expect(ids.get(key) ?? id).toBe(id)
      ids.set(key, id)
      client.expected.push(`subscribed ${String(answer[1])} ${id}`)
      if (!client.held.some((one) => one.id === id)) client.held.push({ match, topic: name, id })
    } else if (s.does === 'unsubscribe') {
      const [subscription] = client.held.splice(s.which % (client.held.length || 1), 1)
      if (!subscription) continue
      await client.ask(TYPE.UNSUBSCRIBE, subscription.id)
      client.expected.push(`unsubscribed ${String(client.came.at(-1)?.[1])}`)
      forget(subscription)
    } else if (s.does === 'publish') {
      const sessions = clients.map(({ talker }) => talker.session)
      for (const receiver of clients) {
        if (!receives(receiver, client, { l: s.lists, ids: sessions })) continue
        for (const { id, match, topic: name } of receiver.held)
          if (matches(match, name, s.topic))
            receiver.expected.push(`event ${n} ${id} ${JSON.stringify(match === 'exact' ? {} : { topic: s.topic })}`)
      }
      await client.ask(TYPE.PUBLISH, optionsOf(s.lists, sessions), s.topic, [n])
    } else {
      await leave(client)
      clients[s.peer] = await join(s.peer)
    }
  }
  for (const client of clients) await leave(client)
  events += gone.flatMap(({ came }) => came).filter(([type]) => type === TYPE.EVENT).length
  for (const { came, expected } of gone) expect(sortedWithin(came.map(described))).toEqual(sortedWithin(expected))
  expect(router.metrics()).toMatchObject({ sessions: 0, subscriptions: 0 })
}

test(
  'everybody gets exactly what matches and is meant for them, in order and after SUBSCRIBED, and nothing is left',
  { timeout: 60_000 },
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), run), { numRuns: 300 })
    // a model that lets hardly anything through would prove nothing
    expect(events).toBeGreaterThan(1000)
  },
)
