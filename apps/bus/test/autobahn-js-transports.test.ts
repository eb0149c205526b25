import { afterAll, describe, expect, test } from 'vitest'
import { PATIENT } from './lab.ts'
import { openRealm } from './open-realm.ts'
import { autobahn, openAutobahn, provideXmlHttpRequest } from './peers/autobahn.ts'
import { openUniversalLab } from './universal-lab.ts'

provideXmlHttpRequest()
const lab = await openUniversalLab({ realms: [openRealm('com.example')] })
afterAll(async () => await lab[Symbol.asyncDispose]())

const { JSONSerializer, MsgpackSerializer, CBORSerializer } = autobahn.serializer
const webSocket = (serializer: new () => object): object => ({
  type: 'websocket',
  url: lab.url,
  serializers: [new serializer()],
})
const TRANSPORTS: readonly { name: string; transport: object; type: string; protocol: string; isBinary: boolean }[] = [
  {
    name: 'WebSocket, JSON',
    transport: webSocket(JSONSerializer),
    type: 'websocket',
    protocol: 'json',
    isBinary: false,
  },
  {
    name: 'WebSocket, MessagePack',
    transport: webSocket(MsgpackSerializer),
    type: 'websocket',
    protocol: 'msgpack',
    isBinary: true,
  },
  {
    name: 'WebSocket, CBOR',
    transport: webSocket(CBORSerializer),
    type: 'websocket',
    protocol: 'cbor',
    isBinary: true,
  },
  {
    name: 'RawSocket',
    transport: { type: 'rawsocket', host: '127.0.0.1', port: lab.port },
    type: 'rawsocket',
    protocol: 'json',
    isBinary: false,
  },
  {
    name: 'long poll',
    transport: { type: 'longpoll', url: `http://127.0.0.1:${lab.port}/wamp` },
    type: 'longpoll',
    protocol: 'json',
    isBinary: false,
  },
]

describe.each(TRANSPORTS)('Autobahn|JS over $name', ({ transport, type, protocol }) => {
  const open = () => openAutobahn({ realm: 'com.example', transports: [transport] })

  test('joins, calls, publishes and leaves', async () => {
    const [one, two] = [await open(), await open()]
    expect(one.details.transport).toMatchObject({ type, protocol: `wamp.2.${protocol}` })
    expect(one.session.features).toMatchObject({
      caller: { call_canceling: true, progressive_call_results: true, caller_identification: true },
      callee: { pattern_based_registration: true, shared_registration: true, registration_revocation: true },
      publisher: { subscriber_blackwhite_listing: true, publisher_exclusion: true, publisher_identification: true },
      subscriber: { pattern_based_subscription: true, subscription_revocation: true },
    })
    const values = [2 ** 53 - 8, -(2 ** 53 - 8), 1.5, 'Grüße, 世界 🎈', true, null, ['a', { b: [] }], '']
    await one.session.register(`${type}.${protocol}.echo`, (args, kwargs) => new autobahn.Result(args, kwargs))
    const echoed = await two.session.call(`${type}.${protocol}.echo`, values, { größe: 'ß', empty: {} })
    expect(echoed).toMatchObject({ args: values, kwargs: { größe: 'ß', empty: {} } })
    expect(await two.session.call(`${type}.${protocol}.echo`)).toBeNull()
    await one.session.register(`${type}.${protocol}.fail`, () => {
      throw new autobahn.Error('com.example.error.no', ['why'], { at: 3 })
    })
    await expect(two.session.call(`${type}.${protocol}.fail`)).rejects.toMatchObject({
      error: 'com.example.error.no',
      args: ['why'],
      kwargs: { at: 3 },
    })
    const events: unknown[] = []
    await one.session.subscribe(`${type}.${protocol}`, (args, kwargs) => events.push([args, kwargs]))
    const { id } = await two.session.publish(`${type}.${protocol}`, values, { k: 1 }, { acknowledge: true })
    expect(Number.isSafeInteger(id)).toBe(true)
    await two.session.publish(`${type}.${protocol}`)
    await expect
      .poll(() => events, PATIENT)
      .toEqual([
        [values, { k: 1 }],
        [[], {}],
      ])
    expect(await one.close()).toBe('wamp.close.goodbye_and_out')
    expect(await two.close('com.example.done')).toBe('wamp.close.goodbye_and_out')
  })

  test('is told why it may not join, and why it has to leave', async () => {
    const stranger = openAutobahn({ realm: 'com.nowhere', transports: [transport] })
    await expect(stranger).rejects.toThrow('wamp.error.no_matching_auth_method')
    const [one, two] = [await open(), await open()]
    const { id } = one.session
    const kill = { reason: 'com.example.enough', message: 'go home' }
    await two.session.call('wamp.session.kill', [id], kill)
    expect(await one.closed).toEqual({ reason: 'com.example.enough', message: 'go home' })
    await expect(two.session.call('wamp.session.get', [id])).rejects.toMatchObject({
      error: 'wamp.error.no_such_session',
    })
    await two.close()
  })
})

test.each(TRANSPORTS.filter(({ isBinary }) => isBinary))(
  'Autobahn|JS over $name passes bytes to every other format',
  async ({ transport }) => {
    const bytes = Buffer.from([0, 1, 0x7f, 0x80, 0xff])
    const sender = await openAutobahn({ realm: 'com.example', transports: [transport] })
    for (const serializer of [JSONSerializer, MsgpackSerializer, CBORSerializer]) {
      const receiver = await openAutobahn({ realm: 'com.example', transports: [webSocket(serializer)] })
      const seen: unknown[] = []
      await receiver.session.subscribe('bytes', ([value]) => seen.push(value))
      await receiver.session.register('bytes.echo', ([value]) => value)
      await sender.session.publish('bytes', [bytes], {}, { acknowledge: true })
      await expect.poll(() => seen, PATIENT).toHaveLength(1)
      const [value] = seen
      if (serializer === JSONSerializer) expect(value).toBe(`\0${bytes.toString('base64')}`)
      else expect(Buffer.from(value as Uint8Array)).toEqual(bytes)
      // and back, whatever the callee made of them
      expect(Buffer.from((await sender.session.call('bytes.echo', [bytes])) as Uint8Array)).toEqual(bytes)
      await receiver.close()
    }
    await sender.close()
  },
)

test('the whole crowd meets on one port', async () => {
  const peers = await Promise.all(
    TRANSPORTS.map(({ transport }) => openAutobahn({ realm: 'com.example', transports: [transport] })),
  )
  const seen = peers.map(() => 0)
  for (const [i, { session }] of peers.entries())
    await session.subscribe('crowd', () => void (seen[i] = (seen[i] ?? 0) + 1))
  for (const { session } of peers) await session.publish('crowd', ['hi'], {}, { acknowledge: true })
  await expect.poll(() => seen, PATIENT).toEqual(peers.map(() => peers.length - 1))
  await Promise.all(peers.map((peer) => peer.close()))
})
