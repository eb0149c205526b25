import { describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { openNamed } from '../testing/named-peers.ts'
import { joined, openRouter } from '../testing/open-router.ts'
import { expectCallError, expectViolation, register, without } from '../testing/rpc-phrases.ts'
import type { Talker } from '../testing/talker.ts'
import type { Grant } from './authenticator.ts'
import type { RealmOptions } from './options.ts'
import type { Router } from './router.ts'

/** A callee with the procedure `a.b` and a caller, who are allowed what the grant says. */
async function granted(
  grant: Grant,
  { realm = {}, options = {} }: { realm?: Partial<RealmOptions>; options?: Record<string, unknown> } = {},
): Promise<{ callee: Talker; caller: Talker }> {
  const authorize = (_: unknown, action: string): Grant | boolean => (action === 'call' ? grant : true)
  const { enter } = openNamed({ authorize, realm })
  const [callee, caller] = [await enter('doris', 'device'), await enter('bob', 'user')]
  await register(callee, 'a.b', options)
  return { callee, caller }
}

describe('what a callee learns of the caller (Advanced Profile, "Caller Identification")', () => {
  test.each([
    { disclose: 'on', call: {}, options: {}, isTold: true },
    { disclose: 'choose', call: {}, options: {}, isTold: false },
    { disclose: 'choose', call: { disclose_me: true }, options: {}, isTold: true },
    { disclose: 'choose', call: {}, options: { disclose_caller: true }, isTold: true },
    { disclose: 'off', call: { disclose_me: true }, options: { disclose_caller: true }, isTold: false },
    { disclose: undefined, call: { disclose_me: true }, options: {}, isTold: false },
  ] as const)('$disclose, $call, $options: $isTold', async ({ disclose, call, options, isTold }) => {
    const { callee, caller } = await granted(disclose ? { allow: true, disclose } : { allow: true }, { options })
    caller.send([48, 1, call, 'a.b'])
    const [, , , details] = await callee.next()
    const id: unknown = expect.any(Number)
    expect(details).toEqual(isTold ? { caller: id, caller_authid: 'bob', caller_authrole: 'user' } : {})
  })

  test('disclose_me is refused where it is denied and the realm says so', async () => {
    const { callee, caller } = await granted({ allow: true }, { realm: { discloseDenied: 'error' } })
    caller.send([48, 1, { disclose_me: true }, 'a.b'])
    await expectCallError(caller, 1, ERROR.discloseMeDenied)
    caller.send([48, 2, { disclose_me: false }, 'a.b'])
    expect((await callee.next())[3]).toEqual({})
  })

  test('the trust level that the authorizer gives', async () => {
    const { callee, caller } = await granted({ allow: true, trustlevel: 0 })
    caller.send([48, 1, {}, 'a.b'])
    expect((await callee.next())[3]).toEqual({ trustlevel: 0 })
  })
})

test('progress: strict asks no callee for parts of results that cannot be canceled', async () => {
  const { router } = openRouter({ realm: { progress: 'strict' } })
  const [callee, caller] = [await joined(router, without('call_canceling')), await joined(router, {})]
  await register(callee.talker, 'a.b')
  caller.talker.send([48, 1, { receive_progress: true }, 'a.b'])
  expect((await callee.talker.next())[3]).toEqual({})
})

describe('request ids held to their sequence', () => {
  async function strict(): Promise<{ callee: Talker; caller: Talker }> {
    const { router } = openRouter({ realm: { requestIds: 'strict' } })
    const [callee, caller] = [await joined(router, {}), await joined(router, {})]
    await register(callee.talker, 'a.b')
    return { callee: callee.talker, caller: caller.talker }
  }

  test('a CALL under an id used before belongs to a call that has ended, and is discarded', async () => {
    const { callee, caller } = await strict()
    caller.send([48, 1, { progress: true }, 'a.b', [1]])
    caller.send([48, 2, {}, 'a.b', [2]])
    expect((await callee.next())[4]).toEqual([1])
    expect((await callee.next())[4]).toEqual([2])
    callee.send([8, 68, 1, {}, 'app.error.enough'])
    await expectCallError(caller, 1, 'app.error.enough')
    callee.send([70, 2, {}])
    await caller.next()
    for (const request of [1, 1, 2]) caller.send([48, request, {}, 'a.b', ['late']])
    caller.send([48, 3, {}, 'a.b', [3]])
    expect((await callee.next())[4]).toEqual([3])
  })

  test('a CALL that leaves ids out is a violation', async () => {
    const { caller } = await strict()
    caller.send([48, 2, {}, 'a.b'])
    await expectViolation(caller)
  })
})

describe('a callee that does not keep up', () => {
  async function lab(): Promise<{ router: Router; slow: Awaited<ReturnType<typeof joined>>; caller: Talker }> {
    const { router } = openRouter({ limits: { highWaterBytes: 100 } })
    const [slow, caller] = [await joined(router, {}), await joined(router, {})]
    return { router, slow, caller: caller.talker }
  }

  test('is passed over where another can take the call', async () => {
    const { router, slow, caller } = await lab()
    const other = await joined(router, {})
    await register(slow.talker, 'a.b', { invoke: 'first' })
    await register(other.talker, 'a.b', { invoke: 'first' })
    slow.transport.bufferedBytes = 101
    caller.send([48, 1, {}, 'a.b'])
    expect((await other.talker.next())[0]).toBe(68)
    slow.transport.drain()
    caller.send([48, 2, {}, 'a.b'])
    expect((await slow.talker.next())[0]).toBe(68)
  })

  test('costs the caller that sends it parts the call, rather than the callee its session', async () => {
    const { router, slow, caller } = await lab()
    await register(slow.talker, 'a.b')
    caller.send([48, 1, { progress: true }, 'a.b', [1]])
    await slow.talker.next()
    slow.transport.bufferedBytes = 101
    caller.send([48, 1, { progress: true }, 'a.b', [2]])
    await expectCallError(caller, 1, ERROR.unavailable)
    expect(await slow.talker.next()).toEqual([69, 1, { mode: 'killnowait' }])
    caller.send([48, 1, {}, 'a.b', [3]])
    slow.transport.drain()
    await slow.talker.expectSilence()
    expect(router.metrics()).toMatchObject({ sessions: 2, calls: 1 })
  })
})

test('calls in flight are given back however they end', async () => {
  const { router } = openRouter({ limits: { callsMax: 1 } })
  const [callee, caller] = [(await joined(router, {})).talker, (await joined(router, {})).talker]
  await register(callee, 'a.b')
  let invocation = 0
  const ends: readonly ((request: number) => void)[] = [
    () => callee.send([70, invocation, {}]),
    () => callee.send([8, 68, invocation, {}, 'app.error.bad']),
    () => callee.send([8, 68, invocation, {}, ERROR.unavailable]),
    (request) => caller.send([49, request, { mode: 'skip' }]),
  ]
  for (const [index, end] of ends.entries()) {
    caller.send([48, index + 1, {}, 'a.b'])
    invocation = Number((await callee.next())[1])
    end(index + 1)
    expect((await caller.next())[0]).toBe(index === 0 ? 50 : 8)
  }
  caller.send([48, 10, {}, 'a.b'])
  caller.send([48, 11, {}, 'a.b'])
  await expectCallError(caller, 11, ERROR.unavailable)
})
