import { afterAll, describe, expect, test } from 'vitest'
import { PATIENT } from './lab.ts'
import { openRealm } from './open-realm.ts'
import { type AutobahnInvocation, type AutobahnPeer, autobahn, openAutobahn } from './peers/autobahn.ts'
import { openUniversalLab } from './universal-lab.ts'

const REALM = 'com.example'
const lab = await openUniversalLab({ realms: [openRealm(REALM)] })
afterAll(async () => await lab[Symbol.asyncDispose]())

const peers: AutobahnPeer[] = []
const open = async (options: object = {}): Promise<AutobahnPeer> => {
  const peer = await openAutobahn({ url: lab.url, realm: REALM, ...options })
  peers.push(peer)
  return peer
}
const [caller, callee, other] = [
  await open({ authid: 'joe', authextra: { role: 'customer' } }),
  await open({ authid: 'svc' }),
  await open(),
]
afterAll(async () => {
  await Promise.all(peers.filter(({ session }) => session.isOpen).map((peer) => peer.close()))
})

describe('progressive results', () => {
  // its callees announce no call canceling, without which the specification does not let them make progress
  test('come one by one, each before the result', async () => {
    const registration = await callee.session.register('progress.count', async ([count], _kwargs, { progress }) => {
      for (let n = 1; n <= Number(count); n += 1) progress?.([n], n === 2 ? { second: true } : {})
      await new Promise((resolve) => setImmediate(resolve))
      return 'done'
    })
    const seen: unknown[] = []
    const call = caller.session.call('progress.count', [3], {}, { receive_progress: true })
    const result = await call.then(
      (value) => value,
      (reason: unknown) => reason,
      (part) => seen.push(part),
    )
    expect(result).toBe('done')
    expect(seen).toEqual([1, { args: [2], kwargs: { second: true } }, 3])
    // who does not ask gets none, and the callee is not offered to make any
    expect(await caller.session.call('progress.count', [3])).toBe('done')
    await callee.session.unregister(registration)
  })

  test('may end in an error', async () => {
    const registration = await callee.session.register('progress.fail', (_args, _kwargs, { progress }) => {
      progress?.(['half'])
      throw new autobahn.Error('app.error.half')
    })
    const seen: unknown[] = []
    const call = caller.session.call('progress.fail', [], {}, { receive_progress: true })
    const result = await call.then(
      () => null,
      (reason: unknown) => reason,
      (part) => seen.push(part),
    )
    expect(result).toMatchObject({ error: 'app.error.half' })
    expect(seen).toEqual(['half'])
    await callee.session.unregister(registration)
  })
})

describe('canceling', () => {
  const slow = async (): Promise<{ begun: Promise<void>; finish(): Promise<void> }> => {
    const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
    const registration = await callee.session.register('cancel.slow', () => {
      begun.resolve()
      return finish.promise
    })
    return {
      begun: begun.promise,
      async finish() {
        finish.resolve('late')
        await callee.session.unregister(registration)
      },
    }
  }

  test('in mode kill ends the call at once, as the callee cannot be interrupted; nobody minds its late result', async () => {
    const { begun, finish } = await slow()
    const call = caller.session.call('cancel.slow')
    await begun
    call.cancel({ mode: 'kill' })
    await expect(call).rejects.toMatchObject({ error: 'wamp.error.canceled' })
    await finish()
    expect([callee.session.isOpen, caller.session.isOpen]).toEqual([true, true])
  })

  test.each(['skip', 'killnowait'])('in mode %s is answered, at which Autobahn|JS hangs up by itself', async (mode) => {
    // it has forgotten the call by then, and takes the ERROR that the specification demands for a violation
    let violations = 0
    const leaving = await open({ on_internal_error: () => (violations += 1) })
    const { begun, finish } = await slow()
    const call = leaving.session.call('cancel.slow')
    await begun
    call.cancel({ mode })
    await expect(call).rejects.toMatchObject({ error: 'Cancelled' })
    expect(await leaving.closed).toEqual({ reason: null, message: null })
    expect(violations).toBe(1)
    await finish()
    expect(callee.session.isOpen).toBe(true)
  })
})

describe('call timeouts', () => {
  test('are in milliseconds and end the call', async () => {
    const registration = await callee.session.register('timeout.never', () => new Promise(() => {}))
    const began = performance.now()
    await expect(caller.session.call('timeout.never', [], {}, { timeout: 100 })).rejects.toMatchObject({
      error: 'wamp.error.timeout',
    })
    expect(performance.now() - began).toBeLessThan(5000)
    await callee.session.unregister(registration)
  })

  test('start anew with each progressive result', async () => {
    const registration = await callee.session.register('timeout.busy', async (_args, _kwargs, { progress }) => {
      for (let n = 0; n < 4; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 300))
        progress?.([n])
      }
      return 'done'
    })
    const call = caller.session.call('timeout.busy', [], {}, { timeout: 1000, receive_progress: true })
    expect(await call).toBe('done')
    await callee.session.unregister(registration)
  })
})

describe('registrations', () => {
  test('by pattern: exact before the longest prefix, prefix before wildcard', async () => {
    const answer =
      (name: string) =>
      (_args: unknown[], _kwargs: object, { procedure }: AutobahnInvocation) =>
        `${name} ${procedure}`
    const registrations = [
      await callee.session.register('match.a.b.c', answer('exact')),
      await callee.session.register('match.a', answer('short'), { match: 'prefix' }),
      await callee.session.register('match.a.b', answer('long'), { match: 'prefix' }),
      await callee.session.register('match..b', answer('wild'), { match: 'wildcard' }),
      await callee.session.register('match..b.', answer('wilder'), { match: 'wildcard' }),
    ]
    const called = ['match.a.b.c', 'match.a.b.d', 'match.ab.c', 'match.x.b', 'match.x.b.y', 'match.x.y']
    const results = await Promise.all(
      called.map((procedure) =>
        caller.session.call(procedure).then(
          (value) => value,
          (reason: unknown) => (reason as { error: string }).error,
        ),
      ),
    )
    expect(results).toEqual([
      'exact match.a.b.c',
      'long match.a.b.d',
      'short match.ab.c',
      'wild match.x.b',
      'wilder match.x.b.y',
      'wamp.error.no_such_procedure',
    ])
    await Promise.all(registrations.map((registration) => callee.session.unregister(registration)))
  })

  test.each([
    { invoke: 'roundrobin', expected: ['a', 'b', 'a', 'b'] },
    { invoke: 'first', expected: ['a', 'a', 'a', 'a'] },
    { invoke: 'last', expected: ['b', 'b', 'b', 'b'] },
  ])('shared, $invoke', async ({ invoke, expected }) => {
    const one = await callee.session.register('shared', () => 'a', { invoke })
    const two = await other.session.register('shared', () => 'b', { invoke })
    expect(one.id).toBe(two.id)
    const seen: unknown[] = []
    for (const _ of expected) seen.push(await caller.session.call('shared'))
    expect(seen).toEqual(expected)
    await callee.session.unregister(one)
    expect(await caller.session.call('shared')).toBe('b')
    await other.session.unregister(two)
  })

  test('shared, at random: all get some', async () => {
    const one = await callee.session.register('shared.random', () => 'a', { invoke: 'random' })
    const two = await other.session.register('shared.random', () => 'b', { invoke: 'random' })
    const seen = new Set<unknown>()
    // that one of two is never chosen in a hundred calls has probability 2^-99
    for (let n = 0; n < 100; n += 1) seen.add(await caller.session.call('shared.random'))
    expect(seen).toEqual(new Set(['a', 'b']))
    await callee.session.unregister(one)
    await other.session.unregister(two)
  })

  test('single ones are had once, and policies do not mix', async () => {
    const one = await callee.session.register('single', () => 'a')
    await expect(other.session.register('single', () => 'b')).rejects.toMatchObject({
      error: 'wamp.error.procedure_already_exists',
    })
    const shared = await callee.session.register('mixed', () => 'a', { invoke: 'first' })
    await expect(other.session.register('mixed', () => 'b', { invoke: 'last' })).rejects.toMatchObject({
      error: 'wamp.error.procedure_exists_with_different_invocation_policy',
    })
    await callee.session.unregister(one)
    await callee.session.unregister(shared)
    await expect(caller.session.call('single')).rejects.toMatchObject({ error: 'wamp.error.no_such_procedure' })
  })

  test('revoked ones are told', async () => {
    const registration = await callee.session.register('revoked', () => 'a')
    const arguments_ = [registration.id, callee.session.id]
    await caller.session.call('wamp.registration.remove_callee', arguments_, { reason: 'com.example.enough' })
    expect(await registration.on_unregister).toBe('com.example.enough')
    await expect(caller.session.call('revoked')).rejects.toMatchObject({ error: 'wamp.error.no_such_procedure' })
  })

  test.each(['wamp.mine', 'a..b', 'a b', '#', ''])('%j cannot be registered', async (procedure) => {
    await expect(callee.session.register(procedure, () => null)).rejects.toMatchObject({
      error: 'wamp.error.invalid_uri',
    })
  })
})

test('callers are disclosed if they wish to be', async () => {
  const registration = await callee.session.register('who', (_args, _kwargs, details) => [
    details.caller,
    details.caller_authid,
    details.caller_authrole,
  ])
  expect(await caller.session.call('who', [], {}, { disclose_me: true })).toEqual([
    caller.session.id,
    'joe',
    'customer',
  ])
  expect(await caller.session.call('who')).toEqual([null, null, null])
  await callee.session.unregister(registration)
  const asking = await callee.session.register('who', (_args, _kwargs, details) => details.caller, {
    disclose_caller: true,
  })
  expect(await caller.session.call('who')).toBe(caller.session.id)
  await callee.session.unregister(asking)
})

test('a thousand calls in flight are all answered, each with its own result', async () => {
  const registration = await callee.session.register('many', ([n]) => n)
  const calls = Array.from({ length: 1000 }, (_, n) => caller.session.call('many', [n]))
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  await callee.session.unregister(registration)
})

test('the callee leaves: its callers get an error, and its procedures are free', async () => {
  const leaving = await open()
  const begun = Promise.withResolvers<void>()
  await leaving.session.register('left', () => {
    begun.resolve()
    return new Promise(() => {})
  })
  const failed = expect(caller.session.call('left')).rejects.toMatchObject({ error: 'wamp.error.canceled' })
  await begun.promise
  await leaving.close()
  await failed
  const registration = await callee.session.register('left', () => 'mine')
  expect(await caller.session.call('left')).toBe('mine')
  await callee.session.unregister(registration)
  await expect.poll(() => lab.bus.metrics().registrations, PATIENT).toBe(0)
})
