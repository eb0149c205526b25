import { CborSerializer } from 'wampy/CborSerializer.js'
import { JsonSerializer } from 'wampy/JsonSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PATIENT } from './lab.ts'
import { openRealm } from './open-realm.ts'
import { type WampyOptions, type WampyPeer, openWampy, plain } from './peers/wampy.ts'
import { openUniversalLab } from './universal-lab.ts'

const REALM = 'com.example'
const lab = await openUniversalLab({ realms: [openRealm(REALM)] })
afterAll(async () => await lab[Symbol.asyncDispose]())

const open = (options: WampyOptions): Promise<WampyPeer> => openWampy(lab.url, { realm: REALM, ...options })
const FORMATS = [
  { name: 'JSON', make: () => new JsonSerializer() },
  // those two write every integer from 2^32 on as a float
  { name: 'MessagePack', make: () => new MsgpackSerializer() },
  { name: 'CBOR', make: () => new CborSerializer() },
] as const
/** As JSON, wampy would send bytes as a dict of numbers. */
const PASSTHRU = [
  { isBinary: false, options: { ppt_scheme: 'x_custom', ppt_serializer: 'json' } },
  { isBinary: false, options: { ppt_scheme: 'x_native', ppt_serializer: 'native' } },
  { isBinary: true, options: { ppt_scheme: 'x_custom', ppt_serializer: 'msgpack' } },
  { isBinary: true, options: { ppt_scheme: 'wamp', ppt_serializer: 'cbor' } },
  {
    isBinary: true,
    options: { ppt_scheme: 'mqtt', ppt_serializer: 'cbor', ppt_cipher: 'xsalsa20poly1305', ppt_keyid: 'k1' },
  },
]
const never = new Promise<never>(() => {})

describe.each(FORMATS)('wampy with $name', ({ make }) => {
  let caller: WampyPeer
  let callee: WampyPeer
  beforeAll(async () => {
    const payloadSerializers = {
      cbor: new CborSerializer(),
      json: new JsonSerializer(),
      msgpack: new MsgpackSerializer(),
    }
    const joe = { authid: 'joe', authmethods: ['anonymous'], onChallenge: () => '' }
    caller = await open({ serializer: make(), ...joe, payloadSerializers })
    callee = await open({ serializer: make(), payloadSerializers })
  })
  afterAll(async () => {
    await caller.wampy.disconnect()
    await callee.wampy.disconnect()
  })

  test('learns what the router can do', () => {
    expect(caller.welcome['roles']).toEqual({
      broker: { features: expect.objectContaining({ payload_passthru_mode: true, event_retention: true }) },
      dealer: {
        features: expect.objectContaining({
          progressive_call_results: true,
          progressive_call_invocations: true,
          call_canceling: true,
          call_timeout: true,
          payload_passthru_mode: true,
        }),
      },
    })
    expect(caller.welcome).toMatchObject({ authid: 'joe', authrole: 'guest', authmethod: 'anonymous' })
  })

  test('calls: lists, dicts and errors', async () => {
    await callee.wampy.register('echo', ({ argsList, argsDict }) => ({
      ...(argsList && { argsList }),
      ...(argsDict && { argsDict }),
    }))
    const values = [1, 2 ** 53 - 8, -1.5, 'Grüße 🎈', true, null, [[]], { a: {} }]
    const echoed = await caller.wampy.call('echo', { argsList: values, argsDict: { größe: 'ß' } })
    expect(echoed).toMatchObject({ argsList: values, argsDict: { größe: 'ß' } })
    expect((await caller.wampy.call('echo')).argsList).toBeUndefined()
    await callee.wampy.register('fail', () => {
      throw Object.assign(new Error('no'), { error: 'app.error.no', argsList: ['why'], argsDict: { at: 3 } })
    })
    await expect(caller.wampy.call('fail')).rejects.toMatchObject({
      errorUri: 'app.error.no',
      argsList: ['why'],
      argsDict: { at: 3 },
    })
    await expect(callee.wampy.call('none')).rejects.toMatchObject({ errorUri: 'wamp.error.no_such_procedure' })
    await callee.wampy.unregister('echo')
    await callee.wampy.unregister('fail')
  })

  test('publishes and subscribes, by pattern, too, and to a topic that only loose rules allow', async () => {
    const seen: unknown[] = []
    const note =
      (name: string) =>
      ({
        argsList,
        argsDict,
        details,
      }: {
        argsList?: unknown[]
        argsDict?: object
        details: Record<string, unknown>
      }) =>
        void seen.push([name, argsList ?? null, argsDict ?? null, details['topic'] ?? null])
    const { subscriptionKey } = await callee.wampy.subscribe('test-topic.ä', note('exact'))
    await callee.wampy.subscribe('test-topic', note('prefix'), { match: 'prefix' })
    await callee.wampy.subscribe('test-topic..c', note('wildcard'), { match: 'wildcard' })
    const { publicationId } = await caller.wampy.publish('test-topic.ä', { argsList: [1], argsDict: { k: 2 } })
    expect(Number.isSafeInteger(plain(publicationId))).toBe(true)
    await caller.wampy.publish('test-topic.b.c')
    await expect
      .poll(() => new Set(seen), PATIENT)
      .toEqual(
        new Set([
          ['exact', [1], { k: 2 }, null],
          ['prefix', [1], { k: 2 }, 'test-topic.ä'],
          ['prefix', null, null, 'test-topic.b.c'],
          ['wildcard', null, null, 'test-topic.b.c'],
        ]),
      )
    // of patterns wampy forgets the key before the answer comes
    const before = lab.bus.metrics().subscriptions
    await callee.wampy.unsubscribe(subscriptionKey)
    expect(lab.bus.metrics().subscriptions).toBe(before - 1)
  })

  test('excludes and selects sessions, whose ids it may write as floats', async () => {
    const seen: unknown[] = []
    const [one, two] = [await open({ serializer: make() }), await open({ serializer: make() })]
    await one.wampy.subscribe('lists', ({ argsList }) => void seen.push(['one', ...(argsList ?? [])]))
    await two.wampy.subscribe('lists', ({ argsList }) => void seen.push(['two', ...(argsList ?? [])]))
    await caller.wampy.publish('lists', 'a', { exclude: one.id })
    await caller.wampy.publish('lists', 'b', { eligible: [one.id] })
    await caller.wampy.publish('lists', 'c', { exclude_authrole: 'guest' })
    await caller.wampy.publish('lists', 'end')
    await expect.poll(() => seen.length, PATIENT).toBe(4)
    expect(seen).toEqual(
      expect.arrayContaining([
        ['two', 'a'],
        ['one', 'b'],
        ['one', 'end'],
        ['two', 'end'],
      ]),
    )
    // a meta procedure with an id as argument
    const { argsList } = await caller.wampy.call('wamp.session.get', [one.id])
    expect(plain(argsList)).toMatchObject([{ session: one.id, authrole: 'guest' }])
    await one.wampy.disconnect()
    await two.wampy.disconnect()
  })

  test('discloses itself if it wishes to', async () => {
    const seen: unknown[] = []
    await callee.wampy.subscribe('who', ({ details }) => void seen.push(plain(details['publisher'])))
    await caller.wampy.publish('who', [], { disclose_me: true })
    await expect.poll(() => seen, PATIENT).toEqual([caller.id])
    await callee.wampy.register('who', ({ details }) => ({
      argsList: [details['caller'], details['caller_authid'], details['caller_authrole']],
    }))
    const { argsList } = await caller.wampy.call('who', [], { disclose_me: true })
    expect(plain(argsList)).toEqual([caller.id, 'joe', 'guest'])
    await callee.wampy.unregister('who')
    await callee.wampy.unsubscribe((await callee.wampy.subscribe('who', () => {})).subscriptionId)
  })

  test('registers by pattern and shares registrations', async () => {
    const other = await open({ serializer: make() })
    const named = ({ details }: { details: Record<string, unknown> }) => ({ argsList: [details['procedure']] })
    await callee.wampy.register('pattern.one', named, { match: 'prefix' })
    await callee.wampy.register('pattern..two', named, { match: 'wildcard' })
    expect((await caller.wampy.call('pattern.one.b')).argsList).toEqual(['pattern.one.b'])
    expect((await caller.wampy.call('pattern.x.two')).argsList).toEqual(['pattern.x.two'])
    await callee.wampy.register('shared', () => ({ argsList: ['a'] }), { invoke: 'roundrobin' })
    await other.wampy.register('shared', () => ({ argsList: ['b'] }), { invoke: 'roundrobin' })
    const seen: unknown[] = []
    for (const _ of [1, 2, 3]) seen.push((await caller.wampy.call('shared')).argsList?.[0])
    expect(seen).toEqual(['a', 'b', 'a'])
    await expect(
      other.wampy.register('shared2', () => null).then(() => callee.wampy.register('shared2', () => null)),
    ).rejects.toMatchObject({ errorUri: 'wamp.error.procedure_already_exists' })
    await other.wampy.disconnect()
    await callee.wampy.unregister('shared')
    await callee.wampy.unregister('pattern.one')
  })

  test('makes and takes progressive results, though it announces neither as a callee', async () => {
    await callee.wampy.register('count', ({ argsList, result_handler, details }) => {
      if (details['receive_progress'] === true)
        for (let n = 1; n <= Number(argsList?.[0]); n += 1)
          result_handler({ argsList: [n], options: { progress: true } })
      return { argsList: ['done'] }
    })
    const seen: unknown[] = []
    const progress_callback = ({ argsList }: { argsList?: unknown[] }) => void seen.push(argsList?.[0])
    expect((await caller.wampy.call('count', [3], { progress_callback })).argsList).toEqual(['done'])
    expect(seen).toEqual([1, 2, 3])
    expect((await caller.wampy.call('count', [3])).argsList).toEqual(['done'])
    await callee.wampy.unregister('count')
  })

  test('calls in parts, though it announces neither side of it', async () => {
    const parts: unknown[] = []
    await callee.wampy.register('sum', ({ argsList, details }) => {
      parts.push(argsList?.[0])
      // wampy answers each part with what this returns
      if (details['progress'] === true) return never
      return { argsList: [parts.reduce((sum: number, part) => sum + Number(part), 0)] }
    })
    const { result, sendData } = caller.wampy.progressiveCall('sum', 1)
    sendData(2)
    sendData(3)
    sendData(4, { progress: false })
    expect((await result).argsList).toEqual([10])
    expect(parts).toEqual([1, 2, 3, 4])
    await callee.wampy.unregister('sum')
  })

  test.each(['skip', 'kill', 'killnowait'] as const)("cancels, mode %s; the late result is nobody's", async (mode) => {
    const begun = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<{ argsList: unknown[] }>()
    await callee.wampy.register('slow', () => {
      begun.resolve()
      return finish.promise
    })
    const call = caller.wampy.call('slow')
    const { reqId } = caller.wampy.getOpStatus()
    await begun.promise
    caller.wampy.cancel(reqId, { mode })
    await expect(call).rejects.toMatchObject({ errorUri: 'wamp.error.canceled' })
    finish.resolve({ argsList: ['late'] })
    await callee.wampy.unregister('slow')
    await callee.wampy.register('alive', () => ({ argsList: [true] }))
    expect((await caller.wampy.call('alive')).argsList).toEqual([true])
    await callee.wampy.unregister('alive')
  })

  test('is told that a call timed out', async () => {
    await callee.wampy.register('never', () => never)
    await expect(caller.wampy.call('never', [], { timeout: 100 })).rejects.toMatchObject({
      errorUri: 'wamp.error.timeout',
    })
    await callee.wampy.unregister('never')
  })

  test.each(PASSTHRU.filter((row) => make().isBinary || !row.isBinary))(
    'passes payloads through: $options.ppt_scheme, $options.ppt_serializer',
    async ({ options }) => {
      const payload = { argsList: [1, 'ä'], argsDict: { k: [null] } }
      const seen: unknown[] = []
      const { subscriptionKey } = await callee.wampy.subscribe('ppt', (event) => void seen.push(event))
      await caller.wampy.publish('ppt', payload, options)
      await expect.poll(() => seen, PATIENT).toEqual([{ ...payload, details: options }])
      await callee.wampy.unsubscribe(subscriptionKey)
      await callee.wampy.register('ppt', ({ argsList, argsDict, details }) => {
        seen.push(details)
        return { ...(argsList && { argsList }), ...(argsDict && { argsDict }), options }
      })
      const result = await caller.wampy.call('ppt', payload, options)
      expect(result).toMatchObject({ ...payload, details: options })
      expect(seen[1]).toMatchObject(options)
      await callee.wampy.unregister('ppt')
    },
  )
})

test('wampy meets others of its kind whatever they speak', async () => {
  const bytes = Buffer.from([0, 1, 2, 253, 254, 255])
  const peers = await Promise.all(FORMATS.map(({ make }) => open({ serializer: make() })))
  for (const [i, { wampy }] of peers.entries()) {
    await wampy.register(`mixed.${i}`, ({ argsList }) => (argsList ? { argsList } : null))
    for (const caller of peers) {
      const { argsList } = await caller.wampy.call(`mixed.${i}`, [{ a: [2 ** 40, 2 ** 53 - 8, 'ß'] }])
      expect(plain(argsList)).toEqual([{ a: [2 ** 40, 2 ** 53 - 8, 'ß'] }])
    }
  }
  const [json, ...binary] = peers
  for (const one of binary)
    for (const [i] of peers.entries()) {
      const { argsList } = await one.wampy.call(`mixed.${i}`, [bytes])
      expect(Buffer.from(argsList?.[0] as Uint8Array)).toEqual(bytes)
    }
  expect((await json?.wampy.call('mixed.1', [`\0${bytes.toString('base64')}`]))?.argsList).toEqual([
    `\0${bytes.toString('base64')}`,
  ])
  await Promise.all(peers.map(({ wampy }) => wampy.disconnect()))
})

test('wampy leaves, is made to leave, and comes back', async () => {
  const closed = Promise.withResolvers<void>()
  const one = await open({ onClose: () => closed.resolve() })
  const two = await open({})
  await two.wampy.call('wamp.session.kill', [one.id])
  await closed.promise
  // wampy calls back first and puts its state away then
  await new Promise((resolve) => setImmediate(resolve))
  await one.wampy.connect()
  const { argsList } = await two.wampy.call('wamp.session.list')
  expect(argsList?.[0]).toEqual(expect.arrayContaining([two.id, one.wampy.getSessionId()]))
  await one.wampy.disconnect()
  await two.wampy.disconnect()
  await expect.poll(() => lab.bus.metrics().sessions, PATIENT).toBe(0)
})
