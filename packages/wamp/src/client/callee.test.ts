import { beforeEach, describe, expect, test } from 'vitest'
import { ERROR, WampError } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { ScriptedRouter } from '../testing/scripted-router.ts'
import { type InvocationDetails, type ProcedureHandler, Result } from './handlers.ts'
import { join } from './join.ts'
import type { RegisterOptions, Signal } from './options.ts'
import type { Session } from './session.ts'

let router: ScriptedRouter
let timers: ManualTimers
let errors: unknown[]
let session: Session

beforeEach(async () => {
  router = new ScriptedRouter()
  timers = new ManualTimers()
  errors = []
  session = await join(router.near, { realm: 'realm1', timers, onError: (error) => errors.push(error) })
  await router.got()
})

/** Registers a procedure under id 3. @returns what REGISTER said */
async function register(handler: ProcedureHandler, options: RegisterOptions = {}): Promise<unknown[] | undefined> {
  const registering = session.register('a.b', handler, options)
  const [message] = await router.got()
  router.send([TYPE.REGISTERED, 1, 3])
  await registering
  return message
}

const invoke = (id: number, details: Dict, ...args: unknown[]) =>
  router.send([TYPE.INVOCATION, id, 3, details, Payload.of(args)])

describe('a procedure', () => {
  test('is registered with the options that are for the router', async () => {
    const options = { match: 'prefix', invoke: 'roundrobin', concurrency: 2, input: true, onRevoked: () => {} } as const
    expect(await register(() => {}, options)).toEqual([
      64,
      1,
      { match: 'prefix', invoke: 'roundrobin', concurrency: 2 },
      'a.b',
    ])
  })

  test('learns of the call what the router tells', async () => {
    const got: InvocationDetails[] = []
    await register((_args, _kwargs, details) => void got.push(details))
    const caller = { caller: 5, caller_authid: 'joe', caller_authrole: 'user' }
    invoke(1, { ...caller, trustlevel: 2, procedure: 'a.b.c', receive_progress: true })
    invoke(2, { caller: 5 })
    await router.got()
    expect(got[0]).toMatchObject({ procedure: 'a.b.c', trustlevel: 2, wantsProgress: true, input: null })
    expect(got[0]?.caller).toEqual({ session: 5, authid: 'joe', authrole: 'user' })
    expect(got[1]).toMatchObject({ procedure: 'a.b', caller: null, trustlevel: null, wantsProgress: false })
  })

  test.each([
    { wanted: true, sent: [[70, 1, { progress: true }, [1]]] },
    { wanted: false, sent: [] },
  ])('sends progress if it is wanted ($wanted), and none after its answer', async ({ wanted, sent }) => {
    let late: (() => boolean) | null = null
    await register((_args, _kwargs, details) => {
      late = () => details.progress([2])
      expect(details.progress([1])).toBe(wanted)
      return new Result([3], {}, { ppt_scheme: 'x_own' })
    })
    invoke(1, wanted ? { receive_progress: true } : {})
    expect(await router.got()).toEqual([...sent, [70, 1, { ppt_scheme: 'x_own' }, [3]]])
    expect(late).not.toBeNull()
    expect((late as unknown as () => boolean)()).toBe(false)
    expect(await router.got()).toEqual([])
  })

  test.each([
    { reason: undefined, uri: ERROR.canceled },
    { reason: ERROR.timeout, uri: ERROR.timeout },
  ])('is told of an INTERRUPT ($reason), and what it still answers goes nowhere', async ({ reason, uri }) => {
    const answer = Promise.withResolvers<number>()
    let signal: Signal | null = null
    let aborts = 0
    await register((_args, _kwargs, details) => {
      signal = details.signal
      signal.addEventListener('abort', () => (aborts += 1))
      return answer.promise
    })
    invoke(1, {})
    await router.got()
    router.send([TYPE.INTERRUPT, 1, reason ? { mode: 'kill', reason } : { mode: 'kill' }])
    expect(await router.got()).toEqual([[8, 68, 1, {}, uri]])
    expect([aborts, (signal as Signal | null)?.aborted]).toEqual([1, true])
    answer.reject(new Error('aborted'))
    router.send([TYPE.INTERRUPT, 1, { mode: 'kill' }], [TYPE.INTERRUPT, 9, {}])
    expect(await router.got()).toEqual([])
    expect(errors).toEqual([])
  })

  test('that is one of so many at a time answers an INTERRUPT when it has come to its end', async () => {
    const answer = Promise.withResolvers<number>()
    let progress: (() => boolean) | null = null
    await register(
      (_args, _kwargs, details) => {
        progress = () => details.progress()
        return answer.promise
      },
      { concurrency: 1 },
    )
    invoke(1, { receive_progress: true })
    await router.got()
    router.send([TYPE.INTERRUPT, 1, {}], [TYPE.INTERRUPT, 1, {}])
    expect(await router.got()).toEqual([])
    expect((progress as (() => boolean) | null)?.()).toBe(false)
    answer.resolve(1)
    expect(await router.got()).toEqual([[8, 68, 1, {}, ERROR.canceled]])
  })

  test('that asks for its signal too late gets one that is aborted', async () => {
    let details: InvocationDetails | null = null
    await register((_args, _kwargs, given) => {
      details = given
      return new Promise(() => {})
    })
    invoke(1, {})
    router.send([TYPE.INTERRUPT, 1, {}])
    await router.got()
    expect((details as InvocationDetails | null)?.signal.aborted).toBe(true)
  })

  test('is aborted when the session is gone', async () => {
    let signal: Signal | null = null
    await register((_args, _kwargs, details) => {
      signal = details.signal
      return new Promise(() => {})
    })
    invoke(1, {})
    await router.got()
    router.cut()
    await session.closed
    expect((signal as Signal | null)?.aborted).toBe(true)
  })

  test.each([
    { name: 'in time', afterMs: 99, sent: [[70, 1, {}, ['ok']]] },
    { name: 'too late', afterMs: 100, sent: [[8, 68, 1, {}, ERROR.timeout]] },
  ])('with a forwarded time limit, $name', async ({ afterMs, sent }) => {
    const answer = Promise.withResolvers<string>()
    await register(() => answer.promise, { forward_timeout: true })
    invoke(1, { timeout: 100 })
    await router.got()
    timers.advance(afterMs)
    answer.resolve('ok')
    expect(await router.got()).toEqual(sent)
    expect(timers.size).toBe(0)
  })

  test('that was revoked is no longer there, and says so', async () => {
    const reasons: string[] = []
    await register(() => 1, { onRevoked: (reason) => reasons.push(reason) })
    router.send([TYPE.UNREGISTERED, 0, { registration: 3, reason: 'app.moved' }])
    invoke(1, {})
    expect(await router.got()).toEqual([[8, 68, 1, {}, ERROR.noSuchRegistration]])
    expect(reasons).toEqual(['app.moved'])
  })
})

describe('a procedure that takes its arguments in parts', () => {
  async function collect(details: InvocationDetails): Promise<unknown[][]> {
    const all: unknown[][] = []
    for await (const { args } of details.input ?? []) all.push(args)
    return all
  }

  test.each([
    { name: 'an empty last part', last: [], all: [[1], [2]] },
    { name: 'a last part with arguments', last: [3], all: [[1], [2], [3]] },
  ])('reads them, with $name', async ({ last, all }) => {
    await register((_args, _kwargs, details) => collect(details), { input: true })
    invoke(1, { progress: true }, 1)
    await router.got()
    invoke(1, { progress: true }, 2)
    expect(await router.got()).toEqual([])
    invoke(1, {}, ...last)
    expect(await router.got()).toEqual([[70, 1, {}, [all]]])
  })

  test('reads the arguments of an ordinary call as one part', async () => {
    await register((_args, _kwargs, details) => collect(details), { input: true })
    invoke(1, {}, 1)
    invoke(2, {})
    expect(await router.got()).toEqual([
      [70, 1, {}, [[[1]]]],
      [70, 2, {}, [[[]]]],
    ])
  })

  test.each([
    { name: 'at once', handler: () => 'enough' },
    { name: 'later', handler: () => Promise.resolve('enough') },
  ])('may answer before the last, $name; the rest is not taken for a call', async ({ handler }) => {
    let calls = 0
    await register(
      () => {
        calls += 1
        return handler()
      },
      { input: true },
    )
    invoke(1, { progress: true }, 1)
    expect(await router.got()).toEqual([[70, 1, {}, ['enough']]])
    invoke(1, { progress: true }, 2)
    invoke(1, {})
    expect(await router.got()).toEqual([])
    expect(calls).toBe(1)
  })

  test('fails when the call is canceled', async () => {
    let failure: unknown = null
    await register(
      async (_args, _kwargs, details) => await collect(details).catch((error: unknown) => (failure = error)),
      { input: true },
    )
    invoke(1, { progress: true }, 1)
    await router.got()
    router.send([TYPE.INTERRUPT, 1, {}])
    expect(await router.got()).toEqual([[8, 68, 1, {}, ERROR.canceled]])
    expect(failure).toMatchObject({ name: 'WampError', uri: ERROR.canceled })
  })

  test('and does not read them is not sent more than 1000', async () => {
    await register(() => new Promise(() => {}), { input: true })
    for (let n = 0; n < 1000; n++) invoke(1, { progress: true }, n)
    expect(await router.got()).toEqual([])
    invoke(1, { progress: true }, 1000)
    invoke(1, { progress: true }, 1001)
    expect(await router.got()).toEqual([[8, 68, 1, {}, ERROR.unavailable, [expect.any(String)]]])
  })

  test('must be registered as such', async () => {
    await register(() => 'once')
    invoke(1, { progress: true }, 1)
    invoke(1, { progress: true }, 2)
    invoke(1, {})
    invoke(2, {})
    expect(await router.got()).toEqual([
      [8, 68, 1, {}, ERROR.featureNotSupported, [expect.any(String)]],
      [70, 2, {}, ['once']],
    ])
  })

  test('ends with the error it throws', async () => {
    await register(() => Promise.reject(new WampError('app.no')), { input: true })
    invoke(1, { progress: true }, 1)
    expect(await router.got()).toEqual([[8, 68, 1, {}, 'app.no']])
  })
})
