import { afterAll, describe, expect, test } from 'vitest'
import { PATIENT } from './lab.ts'
import { openRealm } from './open-realm.ts'
import { type AutobahnPeer, openAutobahn } from './peers/autobahn.ts'
import { openUniversalLab } from './universal-lab.ts'

const REALM = 'com.example'
const options = {
  history: [
    { match: 'exact', topic: 'history.one', eventsMax: 3 },
    { match: 'prefix', topic: 'history.many', eventsMax: 100 },
  ],
} as const
const lab = await openUniversalLab({ realms: [openRealm(REALM, options)] })
afterAll(async () => await lab[Symbol.asyncDispose]())

const open = (more: object = {}): Promise<AutobahnPeer> => openAutobahn({ url: lab.url, realm: REALM, ...more })
const as = (authid: string, role: string): Promise<AutobahnPeer> => open({ authid, authextra: { role } })
const [publisher, joe, ann, bob] = [
  await as('pub', 'source'),
  await as('joe', 'reader'),
  await as('ann', 'reader'),
  await as('bob', 'writer'),
]
const { session } = publisher
afterAll(async () => {
  await Promise.all([publisher, joe, ann, bob].map((peer) => peer.close()))
})
const ACKNOWLEDGED = { acknowledge: true }

/** Subscribes, and gathers the first arguments of events. */
async function gather(peer: AutobahnPeer, topic: string, options: object = {}): Promise<unknown[]> {
  const seen: unknown[] = []
  await peer.session.subscribe(topic, ([first]) => seen.push(first), options)
  return seen
}

test('patterns: each subscription that matches gets the event, with its topic', async () => {
  const seen: string[] = []
  const subscribe = (pattern: string, match: string): Promise<unknown> =>
    joe.session.subscribe(pattern, (_args, _kwargs, { topic }) => seen.push(`${match} ${pattern}: ${topic}`), { match })
  await subscribe('match.a.b', 'exact')
  await subscribe('match.a', 'prefix')
  await subscribe('match..b', 'wildcard')
  await subscribe('match..', 'wildcard')
  for (const topic of ['match.a.b', 'match.ab', 'match.x.b', 'match.a.b.c'])
    await session.publish(topic, [], {}, ACKNOWLEDGED)
  await expect
    .poll(() => seen.toSorted(), PATIENT)
    .toEqual([
      'exact match.a.b: match.a.b',
      'prefix match.a: match.a.b',
      'prefix match.a: match.a.b.c',
      'prefix match.a: match.ab',
      'wildcard match..: match.a.b',
      'wildcard match..: match.x.b',
      'wildcard match..b: match.a.b',
      'wildcard match..b: match.x.b',
    ])
})

describe('who gets an event', () => {
  const ids = { joe: joe.session.id, ann: ann.session.id, bob: bob.session.id }
  test.each([
    { name: 'all but the publisher', options: {}, receivers: ['joe', 'ann', 'bob'] },
    { name: 'the publisher, too', options: { exclude_me: false }, receivers: ['pub', 'joe', 'ann', 'bob'] },
    { name: 'not excluded sessions', options: { exclude: [ids.joe] }, receivers: ['ann', 'bob'] },
    { name: 'not excluded principals', options: { exclude_authid: ['ann', 'x'] }, receivers: ['joe', 'bob'] },
    { name: 'not excluded roles', options: { exclude_authrole: ['reader'] }, receivers: ['bob'] },
    { name: 'only eligible sessions', options: { eligible: [ids.ann, ids.bob] }, receivers: ['ann', 'bob'] },
    { name: 'only eligible principals', options: { eligible_authid: ['joe'] }, receivers: ['joe'] },
    { name: 'only eligible roles', options: { eligible_authrole: ['writer'] }, receivers: ['bob'] },
    { name: 'nobody if nobody is eligible', options: { eligible: [] }, receivers: [] },
    {
      name: 'eligible and not excluded',
      options: { eligible_authrole: ['reader'], exclude_authid: ['joe'] },
      receivers: ['ann'],
    },
    {
      name: 'the publisher only if eligible',
      options: { eligible_authrole: ['source'], exclude_me: false },
      receivers: ['pub'],
    },
  ])('$name', async ({ name, options, receivers }) => {
    const topic = `lists.${name.replaceAll(' ', '-')}`
    const peers = { pub: publisher, joe, ann, bob }
    const [seen, marks]: string[][] = [[], []]
    for (const [name, peer] of Object.entries(peers))
      await peer.session.subscribe(topic, ([what]) => (what === 'event' ? seen : marks)?.push(name))
    await session.publish(topic, ['event'], {}, { ...options, ...ACKNOWLEDGED })
    await session.publish(topic, ['mark'], {}, { exclude_me: false })
    // what was to come has come when the mark has
    await expect.poll(() => marks, PATIENT).toHaveLength(4)
    expect(seen?.toSorted()).toEqual(receivers.toSorted())
  })
})

test('publishers are disclosed if they wish to be', async () => {
  const seen: unknown[] = []
  await joe.session.subscribe('who', (_args, _kwargs, { publisher, publisher_authid, publisher_authrole }) =>
    seen.push([publisher, publisher_authid, publisher_authrole]),
  )
  await session.publish('who', [], {}, { disclose_me: true, ...ACKNOWLEDGED })
  await session.publish('who', [], {}, ACKNOWLEDGED)
  await expect
    .poll(() => seen, PATIENT)
    .toEqual([
      [session.id, 'pub', 'source'],
      [undefined, undefined, undefined],
    ])
})

test('two handlers of one topic are one subscription, and each event comes once to each', async () => {
  const seen: string[] = []
  const one = await joe.session.subscribe('twice', () => seen.push('one'))
  const two = await joe.session.subscribe('twice', () => seen.push('two'))
  expect(one.id).toBe(two.id)
  await session.publish('twice', [], {}, ACKNOWLEDGED)
  await expect.poll(() => seen, PATIENT).toEqual(['one', 'two'])
  await joe.session.unsubscribe(one)
  await joe.session.unsubscribe(two)
  expect(await joe.session.call('wamp.subscription.lookup', ['twice'])).toBeNull()
})

describe('retained events', () => {
  test('meet later subscribers, until they are replaced or cleared', async () => {
    const retain = { retain: true, ...ACKNOWLEDGED }
    await session.publish('retained.a', ['first'], {}, retain)
    await session.publish('retained.a', ['second'], {}, retain)
    await session.publish('retained.a', ['passing'], {}, ACKNOWLEDGED)
    const seen: unknown[] = []
    const note = (
      [first]: unknown[],
      _kwargs: object,
      { retained, topic }: { retained: boolean; topic: string },
    ): unknown => seen.push([first, retained, topic])
    await joe.session.subscribe('retained.a', note, { get_retained: true })
    await expect.poll(() => seen, PATIENT).toEqual([['second', true, 'retained.a']])
    await session.publish('retained.a', ['live'], {}, ACKNOWLEDGED)
    await expect.poll(() => seen, PATIENT).toHaveLength(2)
    expect(seen[1]).toEqual(['live', false, 'retained.a'])
    // by pattern, too; not unasked
    seen.length = 0
    const pattern = await ann.session.subscribe('retained', note, { match: 'prefix', get_retained: true })
    await expect.poll(() => seen, PATIENT).toEqual([['second', true, 'retained.a']])
    await ann.session.unsubscribe(pattern)
    await session.publish('retained.a', undefined, undefined, retain)
    const later = await gather(bob, 'retained.a', { get_retained: true })
    await session.publish('retained.a', ['end'], {}, ACKNOWLEDGED)
    await expect.poll(() => later, PATIENT).toEqual(['end'])
  })

  test('are for those for whom they were published', async () => {
    await session.publish('retained.b', ['for all'], {}, { retain: true, ...ACKNOWLEDGED })
    await session.publish('retained.b', ['for joe'], {}, { retain: true, eligible_authid: ['joe'], ...ACKNOWLEDGED })
    const [toJoe, toAnn] = [
      await gather(joe, 'retained.b', { get_retained: true }),
      await gather(ann, 'retained.b', { get_retained: true }),
    ]
    await expect.poll(() => toJoe, PATIENT).toEqual(['for joe'])
    await expect.poll(() => toAnn, PATIENT).toEqual(['for all'])
  })
})

interface Past {
  timestamp: string
  subscription: number
  publication: number
  details: Record<string, unknown>
  args?: unknown[]
  kwargs?: object
}

describe('event history', () => {
  const past = async (id: number, kwargs: object = {}): Promise<Past[]> =>
    (await joe.session.call('wamp.subscription.get_events', [id], kwargs)) as Past[]
  const firsts = (events: Past[]): unknown[] => events.map(({ args }) => args?.[0])

  test('of a topic: the latest, as many as are kept', async () => {
    const { id } = await joe.session.subscribe('history.one', () => {})
    const publications: number[] = []
    for (const n of [1, 2, 3, 4])
      publications.push((await session.publish('history.one', [n], { k: n }, ACKNOWLEDGED)).id)
    const events = await past(id)
    expect(firsts(events)).toEqual([2, 3, 4])
    expect(events[0]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      subscription: id,
      publication: publications[1],
      kwargs: { k: 2 },
    })
    expect(firsts(await past(id, { reverse: true, limit: 2 }))).toEqual([4, 3])
    expect(firsts(await past(id, { after_publication: publications[2] }))).toEqual([4])
    expect(firsts(await past(id, { from_publication: publications[2] }))).toEqual([3, 4])
    expect(firsts(await past(id, { until_publication: publications[2] }))).toEqual([2, 3])
    expect(firsts(await past(id, { before_publication: publications[2] }))).toEqual([2])
    expect(firsts(await past(id, { from_time: events[1]?.timestamp }))).toContain(4)
    expect(firsts(await past(id, { after_time: '2999-01-01T00:00:00.000Z' }))).toEqual([])
    expect(firsts(await past(id, { before_time: '2000-01-01T00:00:00.000Z' }))).toEqual([])
  })

  test('of a pattern, for one topic if wished; what was for others stays theirs', async () => {
    const { id } = await joe.session.subscribe('history.many', () => {}, { match: 'prefix' })
    await session.publish('history.many.a', ['a'], {}, ACKNOWLEDGED)
    await session.publish('history.many.b', ['b'], {}, ACKNOWLEDGED)
    await session.publish('history.many.a', ['not joe'], {}, { exclude_authid: ['joe'], ...ACKNOWLEDGED })
    await session.publish('history.many.a', ['one session'], {}, { eligible: [joe.session.id], ...ACKNOWLEDGED })
    const events = await past(id)
    expect(firsts(events)).toEqual(['a', 'b'])
    expect(events.map(({ details }) => details['topic'])).toEqual(['history.many.a', 'history.many.b'])
    expect(firsts(await past(id, { topic: 'history.many.b' }))).toEqual(['b'])
  })

  test('of what does not exist is an error', async () => {
    await expect(past(123_456)).rejects.toMatchObject({ error: 'wamp.error.no_such_subscription' })
    await expect(past(1.5)).rejects.toMatchObject({ error: 'wamp.error.invalid_argument' })
  })
})

test('a revoked subscription is told', async () => {
  const subscription = await joe.session.subscribe('revoked', () => {})
  const kwargs = { reason: 'com.example.enough' }
  await session.call('wamp.subscription.remove_subscriber', [subscription.id, joe.session.id], kwargs)
  expect(await subscription.on_unsubscribe).toBe('com.example.enough')
})

describe('meta events', () => {
  test('of sessions', async () => {
    const joined: unknown[] = []
    const left: unknown[] = []
    await joe.session.subscribe('wamp.session.on_join', ([details]) => joined.push(details))
    await joe.session.subscribe('wamp.session.on_leave', (args) => left.push(args))
    const guest = await as('eve', 'visitor')
    const { id } = guest.session
    const details = { session: id, authid: 'eve', authrole: 'visitor', authmethod: 'anonymous', authprovider: 'test' }
    await expect.poll(() => joined, PATIENT).toEqual([expect.objectContaining(details)])
    expect(await joe.session.call('wamp.session.get', [id])).toMatchObject(details)
    expect(await joe.session.call('wamp.session.list', [['visitor']])).toEqual([id])
    expect(await joe.session.call('wamp.session.count', [['visitor', 'reader']])).toBe(3)
    await guest.close()
    await expect.poll(() => left, PATIENT).toEqual([[id, 'eve', 'visitor']])
  })

  test.each([
    {
      kind: 'subscription',
      acts: async () => {
        const { id } = await ann.session.subscribe('meta.topic', () => {}, { match: 'prefix' })
        return { id, expected: { id, uri: 'meta.topic', match: 'prefix', created: expect.stringMatching(/^\d{4}-/) } }
      },
      verbs: ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete'],
    },
    {
      kind: 'registration',
      acts: async () => {
        const { id } = await ann.session.register('meta.proc', () => null, { invoke: 'random' })
        const expected = { id, uri: 'meta.proc', match: 'exact', invoke: 'random', created: expect.any(String) }
        return { id, expected }
      },
      verbs: ['on_create', 'on_register', 'on_unregister', 'on_delete'],
    },
  ])('of a $kind', async ({ kind, acts, verbs: [create = '', add = '', remove = '', end = ''] }) => {
    const seen: unknown[] = []
    await joe.session.subscribe(
      `wamp.${kind}`,
      (args, _kwargs, { topic }) => seen.push([topic.split('.').at(-1), ...args]),
      { match: 'prefix' },
    )
    const { id, expected } = await acts()
    await expect
      .poll(() => seen, PATIENT)
      .toEqual([
        [create, ann.session.id, expected],
        [add, ann.session.id, id],
      ])
    const role = kind === 'subscription' ? 'subscriber' : 'callee'
    expect(await joe.session.call(`wamp.${kind}.get`, [id])).toEqual(expected)
    expect(await joe.session.call(`wamp.${kind}.list_${role}s`, [id])).toEqual([ann.session.id])
    expect(await joe.session.call(`wamp.${kind}.count_${role}s`, [id])).toBe(1)
    seen.length = 0
    await session.call(`wamp.${kind}.remove_${role}`, [id, ann.session.id])
    await expect
      .poll(() => seen, PATIENT)
      .toEqual([
        [remove, ann.session.id, id],
        [end, ann.session.id, id],
      ])
    await expect(joe.session.call(`wamp.${kind}.get`, [id])).rejects.toMatchObject({
      error: `wamp.error.no_such_${kind}`,
    })
  })

  test('cannot be forged', async () => {
    const forged = session.publish('wamp.session.on_join', [{ session: 1 }], {}, ACKNOWLEDGED)
    await expect(forged).rejects.toMatchObject({ error: 'wamp.error.invalid_uri' })
  })
})

test('the testament of a session that vanishes is published', async () => {
  const seen = await gather(joe, 'testament')
  const mortal = await open({ transports: [{ type: 'rawsocket', host: '127.0.0.1', port: lab.port }] })
  await mortal.session.call('wamp.session.add_testament', ['testament', ['farewell'], {}])
  await session.call('wamp.session.kill', [mortal.session.id])
  await expect.poll(() => seen, PATIENT).toEqual(['farewell'])
})
