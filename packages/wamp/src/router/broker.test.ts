import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { openNamed } from '../testing/named-peers.ts'
import { call, nextArgs, publishValues } from '../testing/publishing.ts'
import type { Grant, SessionInfo } from './authenticator.ts'

const PLAIN = { subscriber: {}, publisher: {} }
const PREFIX = '{"match":"prefix"}'

describe('what receivers learn of the publisher', () => {
  test.each([
    { disclose: 'on', asks: {}, isTold: true },
    { disclose: 'on', asks: { disclose_me: false }, isTold: true },
    { disclose: 'choose', asks: {}, isTold: false },
    { disclose: 'choose', asks: { disclose_me: false }, isTold: false },
    { disclose: 'choose', asks: { disclose_me: true }, isTold: true },
    { disclose: 'off', asks: { disclose_me: true }, isTold: false },
    { disclose: undefined, asks: { disclose_me: true }, isTold: false },
  ] as const)('granted $disclose, asked $asks: told $isTold', async ({ disclose, asks, isTold }) => {
    const grant: Grant = { allow: true, trustlevel: 3, ...(disclose ? { disclose } : {}) }
    const { enter } = openNamed({ authorize: () => grant })
    const [publisher, knowing, plain] = [await enter('pat'), await enter('sue'), await enter('tom', 'user', PLAIN)]
    for (const talker of [knowing, plain]) await talker.subscribe('a.b')
    await publishValues(publisher, 'a.b', [1], asks)
    const identity = { publisher: publisher.session, publisher_authid: 'pat', publisher_authrole: 'user' }
    expect((await knowing.next())[3]).toEqual({ trustlevel: 3, ...(isTold ? identity : {}) })
    expect((await plain.next())[3]).toEqual({})
  })

  test('where refusing is to be told, disclose_me is an error, and nothing is published', async () => {
    const { enter } = openNamed({ realm: { discloseDenied: 'error' } })
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    await subscriber.subscribe('a.b')
    const options = { acknowledge: true, disclose_me: true }
    const answer = await publisher.ask((id) => [TYPE.PUBLISH, id, options, 'a.b'])
    expect(answer.slice(0, 5)).toEqual([TYPE.ERROR, TYPE.PUBLISH, 1, {}, ERROR.discloseMeDenied])
    await subscriber.expectSilence()
  })
})

describe('a filter for each event of a pattern', () => {
  const filtered =
    (filter: (session: SessionInfo, topic: string) => boolean) =>
    (session: SessionInfo, action: string): Grant =>
      action === 'subscribe' ? { allow: true, filter: (topic) => filter(session, topic) } : { allow: true }

  test('decides who gets it, live and retained, and is not asked for exact subscriptions', async () => {
    const { enter } = openNamed({
      authorize: filtered(({ identity }, topic) => topic.startsWith(`device.${identity.authid}`)),
    })
    const [publisher, one, two] = [await enter('x'), await enter('one'), await enter('two')]
    for (const talker of [one, two]) await talker.subscribe('device.', PREFIX)
    for (const id of ['one', 'two', 'three']) await publishValues(publisher, `device.${id}.up`, [id], { retain: true })
    expect([await nextArgs(one), await nextArgs(two)]).toEqual([['one'], ['two']])
    for (const talker of [one, two]) await talker.expectSilence()
    await one.subscribe('device..up', '{"match":"wildcard","get_retained":true}')
    expect(await nextArgs(one)).toEqual(['one'])
    await one.expectSilence()
    await two.subscribe('device.three.up', '{"get_retained":true}')
    expect(await nextArgs(two)).toEqual(['three'])
  })

  test('that breaks lets nothing through', async () => {
    const { enter } = openNamed({
      authorize: filtered(() => {
        throw new Error('broken')
      }),
    })
    const [publisher, subscriber] = [await enter('x'), await enter('y')]
    await subscriber.subscribe('a', PREFIX)
    await publishValues(publisher, 'a.b', [1])
    await subscriber.expectSilence()
  })

  test('changes when the session is authorized anew; what is not allowed any more is revoked', async () => {
    let allowed = ['a.one']
    const { router, enter } = openNamed({
      authorize: (_session, action, uri) =>
        action === 'subscribe'
          ? { allow: uri !== 'b' || allowed.length === 1, filter: (topic) => allowed.includes(topic) }
          : true,
    })
    const [publisher, subscriber] = [await enter('x'), await enter('y')]
    await subscriber.subscribe('a', PREFIX)
    const revoked = await subscriber.subscribe('b', PREFIX)
    await publishValues(publisher, 'a.one', [1])
    expect(await nextArgs(subscriber)).toEqual([1])
    allowed = ['a.two', 'a.three']
    for (const session of router.sessions()) await router.reauthorize(session)
    expect(await subscriber.next()).toEqual([
      TYPE.UNSUBSCRIBED,
      0,
      { subscription: revoked, reason: ERROR.notAuthorized },
    ])
    for (const topic of ['a.one', 'b.x', 'a.two']) await publishValues(publisher, topic, [topic])
    expect(await nextArgs(subscriber)).toEqual(['a.two'])
  })
})

describe('lists', () => {
  test.each([
    { options: { eligible_authid: ['sue'] }, receivers: ['sue'] },
    { options: { exclude_authid: ['sue'] }, receivers: ['tom'] },
    { options: { eligible_authrole: ['boss'] }, receivers: ['tom'] },
    { options: { exclude_authrole: ['boss'] }, receivers: ['sue'] },
    { options: { eligible_authid: ['sue', 'tom'], eligible_authrole: ['boss'] }, receivers: ['tom'] },
    { options: { eligible_authid: ['sue'], exclude_authid: ['sue'] }, receivers: [] },
  ] as { options: Record<string, unknown>; receivers: string[] }[])(
    '$options: $receivers',
    async ({ options, receivers }) => {
      const { enter } = openNamed()
      const publisher = await enter('pat')
      const all = { sue: await enter('sue'), tom: await enter('tom', 'boss') }
      for (const talker of Object.values(all)) await talker.subscribe('a.b')
      await publishValues(publisher, 'a.b', ['listed'], options)
      await publishValues(publisher, 'a.b', ['next'])
      for (const [name, talker] of Object.entries(all)) {
        if (receivers.includes(name)) expect(await nextArgs(talker)).toEqual(['listed'])
        expect(await nextArgs(talker)).toEqual(['next'])
      }
    },
  )
})

describe('retained events', () => {
  const at = (): { now: number; options: { now: () => number } } => {
    const clock = { now: 1_000_000, options: { now: () => clock.now } }
    return clock
  }
  const GET = '{"get_retained":true}'

  test.each([
    { name: 'no time to live', ttlSMax: null, options: {}, livesS: Infinity },
    { name: 'the publisher’s', ttlSMax: null, options: { _retain_ttl: 10 }, livesS: 10 },
    { name: 'the realm’s', ttlSMax: 5, options: {}, livesS: 5 },
    { name: 'the shorter one', ttlSMax: 5, options: { _retain_ttl: 3 }, livesS: 3 },
    { name: 'the realm’s where the publisher wants more', ttlSMax: 5, options: { _retain_ttl: 10 }, livesS: 5 },
    { name: 'no number', ttlSMax: 5, options: { _retain_ttl: 'long' }, livesS: 5 },
  ])('$name: $livesS s', async ({ ttlSMax, options, livesS }) => {
    const clock = at()
    const { enter } = openNamed({ ...clock.options, realm: { retained: { topicsMax: 10, ttlSMax } } })
    const [publisher, early, late] = [await enter('pat'), await enter('sue'), await enter('tom')]
    await publishValues(publisher, 'a.b', [1], { retain: true, ...options })
    const lifeMs = Math.min(livesS, 1_000_000) * 1000
    clock.now += lifeMs - 1
    await early.subscribe('a.b', GET)
    expect(await nextArgs(early)).toEqual([1])
    clock.now += 1
    await late.subscribe('a.b', GET)
    if (livesS === Infinity) expect(await nextArgs(late)).toEqual([1])
    await late.expectSilence()
  })

  test('the topics that changed longest ago give way, by number and by size', async () => {
    const retained = { topicsMax: 3, bytesMax: 1700, ttlSMax: null }
    const { enter, router } = openNamed({ realm: { retained } })
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    const found = async (): Promise<unknown[]> => {
      const id = await subscriber.subscribe('a', '{"match":"prefix","get_retained":true}')
      const topics: unknown[] = []
      while (topics.length < (router.realm('realm1')?.broker.retained ?? 0))
        topics.push(((await subscriber.next())[3] as { topic: string }).topic)
      await subscriber.ask((request) => [TYPE.UNSUBSCRIBE, request, id])
      return topics
    }
    for (const name of ['one', 'two', 'three', 'one', 'four'])
      await publishValues(publisher, `a.${name}`, [name], { retain: true })
    expect(await found()).toEqual(['a.three', 'a.one', 'a.four'])
    await publishValues(publisher, 'a.five', ['x'.repeat(1000)], { retain: true })
    expect(await found()).toEqual(['a.four', 'a.five'])
    await publishValues(publisher, 'a.six', ['x'.repeat(2000)], { retain: true })
    expect(await found()).toEqual([])
  })

  test('a restricted one that has expired leaves the general one before it', async () => {
    const clock = at()
    const { enter } = openNamed(clock.options)
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    await publishValues(publisher, 'a.b', ['general'], { retain: true })
    await publishValues(publisher, 'a.b', ['for sue'], { retain: true, _retain_ttl: 5, eligible_authid: ['sue'] })
    await subscriber.subscribe('a.b', GET)
    expect(await nextArgs(subscriber)).toEqual(['for sue'])
    clock.now += 5000
    await subscriber.subscribe('a.b', GET)
    expect(await nextArgs(subscriber)).toEqual(['general'])
    await publishValues(publisher, 'a.b', ['for sue'], { retain: true, eligible_authid: ['sue'] })
    await publishValues(publisher, 'a.b', [], { retain: true, eligible_authid: ['sue'] })
    for (const args of [['for sue'], undefined]) expect((await subscriber.next())[4]).toEqual(args)
    await subscriber.subscribe('a.b', GET)
    expect(await nextArgs(subscriber)).toEqual(['general'])
  })

  test('an empty payload is an event like others where that is chosen', async () => {
    const { enter } = openNamed({ realm: { retainEmptyClears: false } })
    const [publisher, subscriber] = [await enter('pat'), await enter('sue')]
    await publishValues(publisher, 'a.b', [], { retain: true })
    await subscriber.subscribe('a.b', GET)
    expect((await subscriber.next()).slice(3)).toEqual([{ retained: true }])
  })
})

test('a testament with options is published as they say, whatever its session announced', async () => {
  const { enter } = openNamed({ realm: { discloseDenied: 'error' } })
  const [dying, one, two] = [await enter('x', 'user', { caller: {} }), await enter('one'), await enter('two')]
  for (const talker of [one, two]) await talker.subscribe('a.b')
  const publish_options = { eligible_authid: ['one'], disclose_me: true, retain: true, ppt_scheme: 'x_test' }
  await call(dying, 'wamp.session.add_testament', ['a.b', ['gone']], { publish_options })
  dying.peer.close()
  expect((await one.next()).slice(3)).toEqual([{ ppt_scheme: 'x_test' }, ['gone']])
  await two.expectSilence()
  await one.subscribe('a.b', '{"get_retained":true}')
  expect((await one.next())[3]).toEqual({ ppt_scheme: 'x_test', retained: true })
})
