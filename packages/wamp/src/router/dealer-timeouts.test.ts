import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { openRouter, settled } from '../testing/open-router.ts'
import { expectCallError, register, without } from '../testing/rpc-phrases.ts'
import { Talker } from '../testing/talker.ts'
import { textPair } from '../testing/text-pair.ts'
import type { RealmOptions } from './options.ts'

interface Lab {
  readonly callee: Talker
  readonly caller: Talker
  readonly router: ReturnType<typeof openRouter>['router']
  /** Lets what was sent arrive, then moves the clock. */
  pass(ms: number): Promise<void>
  /** Timers that wait, but for those of transports. */
  waiting(): number
}

async function lab({
  realm = {},
  userAgent = 'other/1',
  callee = {},
  caller = {},
}: {
  realm?: Partial<RealmOptions>
  userAgent?: string
  callee?: Record<string, unknown>
  caller?: Record<string, unknown>
} = {}): Promise<Lab> {
  const timers = new ManualTimers()
  const { router } = openRouter({ timers, realm })
  const enter = async (roles: Record<string, unknown>): Promise<Talker> => {
    const { peer, transport } = textPair()
    router.attach(transport, { details: { userAgent } })
    const talker = new Talker(peer)
    await talker.join(roles)
    return talker
  }
  const peers = { callee: await enter(callee), caller: await enter(caller) }
  const others = timers.size
  return {
    ...peers,
    router,
    async pass(ms) {
      await settled()
      timers.advance(ms)
    },
    waiting: () => timers.size - others,
  }
}

describe('Advanced Profile, "Call Timeouts"', () => {
  test.each([
    { name: 'interrupts a callee that can be', callee: {}, interrupts: true },
    { name: 'leaves a callee alone that cannot be', callee: without('call_canceling'), interrupts: false },
  ])('answers the caller, and $name', async ({ callee: features, interrupts }) => {
    const { callee, caller, pass, waiting, router } = await lab({ callee: features })
    await register(callee, 'a.b')
    caller.send([48, 50, { timeout: 100 }, 'a.b'])
    expect((await callee.next())[3]).toEqual({})
    await pass(99)
    await caller.expectSilence()
    await pass(1)
    await expectCallError(caller, 50, ERROR.timeout)
    if (interrupts) expect(await callee.next()).toEqual([69, 1, { mode: 'killnowait', reason: ERROR.timeout }])
    callee.send([70, 1, {}, ['late']])
    await callee.expectSilence()
    await caller.expectSilence()
    expect(waiting()).toBe(0)
    expect(router.realm('realm1')?.dealer.metrics).toMatchObject({ timedOut: 1, answersDiscarded: 1 })
  })

  test('callers that cannot cancel are answered, too', async () => {
    const { callee, caller, pass } = await lab({ caller: without('call_canceling', 'call_timeout') })
    await register(callee, 'a.b')
    caller.send([48, 1, { timeout: 100 }, 'a.b'])
    await callee.next()
    await pass(100)
    await expectCallError(caller, 1, ERROR.timeout)
  })

  test('each progressive result starts the time anew', async () => {
    const { callee, caller, pass, waiting } = await lab()
    await register(callee, 'a.b')
    caller.send([48, 1, { timeout: 100, receive_progress: true }, 'a.b'])
    await callee.next()
    for (const part of [1, 2, 3]) {
      await pass(99)
      callee.send([70, 1, { progress: true }, [part]])
      expect(await caller.next()).toEqual([50, 1, { progress: true }, [part]])
    }
    await pass(100)
    await expectCallError(caller, 1, ERROR.timeout)
    expect(waiting()).toBe(0)
  })

  test('a call that a callee passed on keeps its time', async () => {
    const { callee, caller, pass } = await lab()
    await register(callee, 'a.b', { invoke: 'first' })
    await register(caller, 'a.b', { invoke: 'first' })
    caller.send([48, 50, { timeout: 100 }, 'a.b'])
    await callee.next()
    await pass(60)
    callee.send([8, 68, 1, {}, ERROR.unavailable])
    expect((await caller.next())[0]).toBe(68)
    await pass(40)
    expect(await caller.next()).toEqual([69, 1, { mode: 'killnowait', reason: ERROR.timeout }])
    await expectCallError(caller, 50, ERROR.timeout)
  })

  test.each([
    { name: 'answered', end: ({ callee }: Lab) => callee.send([70, 1, {}]) },
    { name: 'canceled', end: ({ caller }: Lab) => caller.send([49, 1, {}]) },
    { name: 'of a callee that is gone', end: ({ callee }: Lab) => callee.peer.close() },
    { name: 'of a caller that is gone', end: ({ caller }: Lab) => caller.peer.close() },
  ])('a call that is $name has no timer any more', async ({ end }) => {
    const all = await lab()
    await register(all.callee, 'a.b')
    all.caller.send([48, 1, { timeout: 100 }, 'a.b'])
    await all.callee.next()
    expect(all.waiting()).toBe(1)
    end(all)
    await settled()
    expect(all.waiting()).toBe(0)
  })

  test('no time limit: 0, or none', async () => {
    const { callee, caller, waiting } = await lab()
    await register(callee, 'a.b')
    caller.send([48, 1, { timeout: 0 }, 'a.b'])
    caller.send([48, 2, { timeout: null }, 'a.b'])
    caller.send([48, 3, {}, 'a.b'])
    while ((await callee.next())[1] !== 3);
    expect(waiting()).toBe(0)
  })
})

describe('what the number means', () => {
  test.each([
    { unit: 'ms', userAgent: 'AutobahnPython/22.7.1', timeout: 2, ms: 2 },
    { unit: 's', userAgent: 'other/1', timeout: 2, ms: 2000 },
    { unit: 'auto', userAgent: 'other/1', timeout: 2, ms: 2 },
    { unit: 'auto', userAgent: 'AutobahnPython/22.7.1', timeout: 2, ms: 2000 },
    { unit: 'auto', userAgent: 'AutobahnPython/22.7.1', timeout: 0.05, ms: 50 },
    { unit: 'ms', userAgent: 'other/1', timeout: 1.5, ms: 2 },
    { unit: 's', userAgent: 'other/1', timeout: 1e12, ms: 2 ** 31 - 2000 },
  ] as const)('$unit: $timeout of $userAgent are $ms ms', async ({ unit, userAgent, timeout, ms }) => {
    const { callee, caller, pass } = await lab({ realm: { callTimeoutUnit: unit }, userAgent })
    await register(callee, 'a.b')
    caller.send([48, 50, { timeout }, 'a.b'])
    await callee.next()
    await pass(ms - 1)
    await caller.expectSilence()
    await pass(1)
    await expectCallError(caller, 50, ERROR.timeout)
  })
})

describe('a callee that keeps the time itself', () => {
  test.each([
    { options: { forward_timeout: true }, features: {}, details: { timeout: 100 } },
    { options: {}, features: {}, details: {} },
    { options: { forward_timeout: true }, features: without('call_timeout'), details: {} },
  ])('learns of it if it asked, and announced it: $options', async ({ options, features, details }) => {
    const { callee, caller } = await lab({ callee: features })
    await register(callee, 'a.b', options)
    caller.send([48, 1, { timeout: 100 }, 'a.b'])
    expect((await callee.next())[3]).toEqual(details)
  })

  test('may answer in its own time, but no second later', async () => {
    const { callee, caller, pass } = await lab()
    await register(callee, 'a.b', { forward_timeout: true })
    caller.send([48, 50, { timeout: 100 }, 'a.b'])
    await callee.next()
    await pass(1099)
    await caller.expectSilence()
    await pass(1)
    await expectCallError(caller, 50, ERROR.timeout)
  })
})
