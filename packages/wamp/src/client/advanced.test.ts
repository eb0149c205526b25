import { beforeEach, describe, expect, test } from 'vitest'
import { ERROR, WampError } from '../errors.ts'
import { linkedPair } from '../linked-pair.ts'
import type { Router } from '../router/router.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { openRouter } from '../testing/open-router.ts'
import type { Transport } from '../transport.ts'
import { makeAbort } from './abort.ts'
import { type Connection, connect } from './connection.ts'
import { type InvocationDetails, Result } from './handlers.ts'
import { join } from './join.ts'
import type { CancelMode } from './options.ts'
import type { Session } from './session.ts'
import { addTestament, flushTestaments } from './testaments.ts'

// The client with the router of this package: what they announce to each other they do.

let router: Router
let timers: ManualTimers
let callee: Session
let caller: Session

beforeEach(async () => {
  timers = new ManualTimers()
  router = openRouter({ timers, authorize: () => ({ allow: true, disclose: 'choose', trustlevel: 3 }) }).router
  callee = await enter()
  caller = await enter()
})

async function enter(): Promise<Session> {
  const [near, far] = linkedPair()
  router.attach(far)
  return await join(near, { realm: 'realm1', timers })
}

describe('calls', () => {
  test('with progress, and without', async () => {
    await callee.register('a.p', ([n], _kwargs, details) => {
      const sent = [1, 2, 3].map((part) => details.progress([part], { k: part }))
      return [n, ...sent]
    })
    const got: unknown[] = []
    const options = { onProgress: (part: unknown) => void got.push(part) }
    expect((await caller.call('a.p', [1], {}, options)).args).toEqual([[1, true, true, true]])
    expect(got).toEqual([1, 2, 3].map((part) => ({ args: [part], kwargs: { k: part } })))
    expect((await caller.call('a.p', [2])).args).toEqual([[2, false, false, false]])
  })

  test('in parts, with progress for each', async () => {
    await callee.register(
      'a.sum',
      async (_args, _kwargs, details) => {
        let sum = 0
        for await (const { args } of details.input ?? []) {
          sum += Number(args[0])
          details.progress([sum])
        }
        return sum
      },
      { input: true },
    )
    const got: unknown[] = []
    async function* parts() {
      for (let n = 1; n <= 4; n++) yield await Promise.resolve(new Result([n]))
    }
    const result = await caller.callProgressively('a.sum', parts(), { onProgress: ({ args }) => got.push(args[0]) })
    expect([result.args, got]).toEqual([[10], [1, 3, 6, 10]])
    expect((await caller.call('a.sum', [5])).args).toEqual([5])
  })

  test('in parts are refused by a procedure that takes its arguments at once, and answered early by one that may', async () => {
    await callee.register('a.once', () => 1)
    await callee.register('a.early', () => 'enough', { input: true })
    async function* endless() {
      for (;;) yield await Promise.resolve(new Result([1]))
    }
    await expect(caller.callProgressively('a.once', endless())).rejects.toMatchObject({
      uri: ERROR.featureNotSupported,
    })
    expect((await caller.callProgressively('a.early', endless())).args).toEqual(['enough'])
    expect((await caller.call('a.early')).args).toEqual(['enough'])
  })

  test.each([
    { mode: 'skip', uri: ERROR.canceled, isTold: false },
    { mode: 'kill', uri: ERROR.canceled, isTold: true },
    { mode: 'killnowait', uri: ERROR.canceled, isTold: true },
  ] as { mode: CancelMode; uri: string; isTold: boolean }[])('canceled with $mode', async ({ mode, uri, isTold }) => {
    const started = Promise.withResolvers<InvocationDetails>()
    await callee.register('a.p', (_args, _kwargs, details) => {
      started.resolve(details)
      return new Promise(() => {})
    })
    const source = makeAbort()
    const calling = caller.call('a.p', [], {}, { signal: source.signal, cancelMode: mode })
    const { signal } = await started.promise
    source.abort()
    await expect(calling).rejects.toMatchObject({ uri })
    await caller.publishAcknowledged('x.y')
    await callee.publishAcknowledged('x.y')
    expect(signal.aborted).toBe(isTold)
  })

  test.each([{ forwarded: false }, { forwarded: true }])(
    'with a time limit that the router keeps, or the callee ($forwarded)',
    async ({ forwarded }) => {
      const started = Promise.withResolvers<InvocationDetails>()
      const handler = (_args: unknown[], _kwargs: object, details: InvocationDetails): unknown => {
        started.resolve(details)
        return new Promise(() => {})
      }
      await callee.register('a.p', handler, { forward_timeout: forwarded })
      const calling = caller.call('a.p', [], {}, { timeout: 100 })
      const { signal, raw } = await started.promise
      expect(raw['timeout']).toBe(forwarded ? 100 : undefined)
      timers.advance(100)
      await expect(calling).rejects.toMatchObject({ uri: ERROR.timeout })
      await expect.poll(() => signal.aborted).toBe(true)
    },
  )

  test.each([
    { name: 'on request of the caller', call: { disclose_me: true }, register: {}, isDisclosed: true },
    { name: 'on request of the callee', call: {}, register: { disclose_caller: true }, isDisclosed: true },
    { name: 'not by themselves', call: {}, register: {}, isDisclosed: false },
  ])('tell who calls $name', async ({ call, register, isDisclosed }) => {
    await callee.register('a.p', (_args, _kwargs, details) => [details.caller?.session ?? null], register)
    expect((await caller.call('a.p', [], {}, call)).args).toEqual([[isDisclosed ? caller.id : null]])
  })

  test('by pattern, shared, and by partition', async () => {
    const other = await enter()
    for (const [name, session] of [
      ['one', callee],
      ['two', other],
    ] as const) {
      await session.register('shared', () => name, { invoke: 'roundrobin' })
      await session.register('a', (_args, _kwargs, { procedure }) => procedure, { match: 'prefix', invoke: 'first' })
    }
    const answers = [await caller.call('shared'), await caller.call('shared'), await caller.call('shared')]
    expect(answers.map(({ args }) => args[0])).toEqual(['one', 'two', 'one'])
    expect((await caller.call('a.b.c')).args).toEqual(['a.b.c'])
    const options = { runmode: 'partition', rkey: 'x' } as const
    const keyed = [await caller.call('shared', [], {}, options), await caller.call('shared', [], {}, options)]
    expect(keyed[0]).toEqual(keyed[1])
  })

  test('go on to another callee when one is unavailable', async () => {
    const other = await enter()
    await callee.register('a.p', () => Promise.reject(new WampError(ERROR.unavailable)), { invoke: 'first' })
    await other.register('a.p', () => 'here', { invoke: 'first' })
    expect((await caller.call('a.p')).args).toEqual(['here'])
  })
})

test('a registration taken by force is lost, and its callee told', async () => {
  const reasons: string[] = []
  await callee.register('a.p', () => 'first', { onRevoked: (reason) => reasons.push(reason) })
  const registration = await caller.register('a.p', () => 'second', { force_reregister: true })
  await expect.poll(() => reasons).toHaveLength(1)
  expect((await callee.call('a.p')).args).toEqual(['second'])
  await registration.unregister()
})

test('events tell who published, how far it is trusted, and whether they were retained', async () => {
  await caller.publishAcknowledged('a.b', [1], {}, { disclose_me: true, retain: true })
  const got: unknown[] = []
  await callee.subscribe(
    'a.b',
    ([n], _kwargs, { publisher, trustlevel, retained }) => got.push([n, publisher?.session, trustlevel, retained]),
    { get_retained: true },
  )
  await caller.publishAcknowledged('a.b', [2])
  expect(got).toEqual([
    [1, caller.id, 3, true],
    [2, undefined, 3, false],
  ])
})

test('testaments are published when their session is gone, but for those taken back', async () => {
  const got: unknown[] = []
  await caller.subscribe('will', (args, kwargs) => got.push([args, kwargs]))
  await addTestament(callee, { topic: 'will', args: ['back'] })
  expect(await flushTestaments(callee)).toBe(1)
  await addTestament(callee, { topic: 'will', args: ['now'], kwargs: { k: 1 }, scope: 'detached' })
  await addTestament(callee, { topic: 'will', args: ['not for you'], options: { eligible: [] } })
  await callee.leave()
  await expect.poll(() => got).toEqual([[['now'], { k: 1 }]])
})

describe('resumption', () => {
  test.each([
    { name: 'in time', awayMs: 500, events: [[1], [2], [3]], isSame: true },
    { name: 'too late', awayMs: 60_000, events: [[1], [3]], isSame: false },
  ])('$name', async ({ awayMs, events, isSame }) => {
    router.openRealm('lasting', { resumption: { windowMs: 10_000, eventsMax: 100 } })
    const lab = openConnection()
    const got: unknown[] = []
    await lab.connection.subscribe('a.b', (args) => got.push(args))
    await lab.connection.register('a.p', () => 'mine')
    const publisher = await enterRealm('lasting')
    await publisher.publishAcknowledged('a.b', [1])
    const before = lab.connection.session()
    lab.setAway(true)
    lab.cut()
    await expect.poll(() => lab.connection.session()).toBeNull()
    await publisher.publishAcknowledged('a.b', [2])
    for (let ms = 0; ms < awayMs - 500; ms += 500) {
      timers.advance(500)
      await Promise.resolve()
    }
    lab.setAway(false)
    await expect
      .poll(() => {
        timers.advance(500)
        return lab.connection.session()
      })
      .not.toBeNull()
    const after = lab.connection.session()
    expect(after === before).toBe(isSame)
    expect((await lab.connection.call('a.p')).args).toEqual(['mine'])
    await publisher.publishAcknowledged('a.b', [3])
    await expect.poll(() => got).toEqual(events)
    await lab.connection.close()
  })

  async function enterRealm(realm: string): Promise<Session> {
    const [near, far] = linkedPair()
    router.attach(far)
    return await join(near, { realm, timers })
  }

  function openConnection(): { connection: Connection; cut(): void; setAway(away: boolean): void } {
    let current: Transport | null = null
    let isAway = false
    const open = (): Promise<Transport> => {
      if (isAway) return Promise.reject(new WampError('wamp.close.transport_lost'))
      const [near, far] = linkedPair()
      router.attach(far)
      current = far
      return Promise.resolve(near)
    }
    const connection = connect({ url: '', realm: 'lasting', timers, random: () => 0.5, open, resume: true })
    return { connection, cut: () => current?.close(1006, 'cut'), setAway: (away) => (isAway = away) }
  }
})
