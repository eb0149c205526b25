import { beforeEach, describe, expect, test } from 'vitest'
import { ERROR, WampError } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { Payload } from '../payload.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { ScriptedRouter } from '../testing/scripted-router.ts'
import { makeAbort } from './abort.ts'
import type { CallPart } from './handlers.ts'
import { join } from './join.ts'
import type { Session } from './session.ts'

let router: ScriptedRouter
let timers: ManualTimers
let errors: unknown[]
let session: Session

async function enter(roles?: object): Promise<void> {
  router = roles ? new ScriptedRouter({ roles }) : new ScriptedRouter()
  timers = new ManualTimers()
  errors = []
  session = await join(router.near, { realm: 'realm1', timers, onError: (error) => errors.push(error) })
  await router.got()
}

beforeEach(() => enter())

const NOTHING = { dealer: { features: {} } }
const progress = (request: number, ...args: unknown[]) =>
  [TYPE.RESULT, request, { progress: true }, Payload.of(args)] as const

describe('a call', () => {
  test('sends what is for the router and keeps the rest', async () => {
    const signal = makeAbort().signal
    void session
      .call('a.b', [1], { k: 2 }, { timeoutMs: 5, signal, cancelMode: 'kill', timeout: 9, rkey: 'x', _own: true })
      .catch(() => {})
    expect(await router.got()).toEqual([[48, 1, { timeout: 9, rkey: 'x', _own: true }, 'a.b', [1], { k: 2 }]])
  })

  test('gets progressive results and then the last one', async () => {
    const got: unknown[] = []
    const calling = session.call('a.b', [], {}, { onProgress: ({ args }) => got.push(args) })
    expect(await router.got()).toEqual([[48, 1, { receive_progress: true }, 'a.b']])
    router.send(progress(1, 1), progress(1, 2), [TYPE.RESULT, 1, {}, Payload.of([3])], progress(1, 4))
    expect(await calling).toEqual({ args: [3], kwargs: {} })
    await router.got()
    expect(got).toEqual([[1], [2]])
  })

  test('goes on when its listener throws, or when it asked for no progress', async () => {
    const bug = new Error('bug')
    const calling = session.call(
      'a.b',
      [],
      {},
      {
        onProgress: () => {
          throw bug
        },
      },
    )
    const other = session.call('a.b')
    router.send(progress(1), progress(2), [TYPE.RESULT, 1, {}, Payload.empty], [TYPE.RESULT, 2, {}, Payload.of([5])])
    expect((await calling).args).toEqual([])
    expect((await other).args).toEqual([5])
    expect(errors).toEqual([bug])
  })

  test.each([
    { mode: undefined, sent: 'killnowait', rejectsAtOnce: true },
    { mode: 'killnowait', sent: 'killnowait', rejectsAtOnce: true },
    { mode: 'skip', sent: 'skip', rejectsAtOnce: true },
    { mode: 'kill', sent: 'kill', rejectsAtOnce: false },
  ] as const)('aborted in mode $mode', async ({ mode, sent, rejectsAtOnce }) => {
    const controller = makeAbort()
    const options = { signal: controller.signal, ...(mode ? { cancelMode: mode } : {}) }
    let outcome: unknown = null
    void session.call('a.b', [], {}, options).catch((error: unknown) => (outcome = error))
    await router.got()
    controller.abort()
    expect(await router.got()).toEqual([[49, 1, { mode: sent }]])
    expect(outcome instanceof WampError).toBe(rejectsAtOnce)
    router.send([TYPE.ERROR, TYPE.CALL, 1, {}, rejectsAtOnce ? ERROR.canceled : 'app.stopped', Payload.empty])
    await router.got()
    expect(outcome).toMatchObject({ uri: rejectsAtOnce ? ERROR.canceled : 'app.stopped' })
  })

  test('aborted where the router cannot cancel rejects and sends nothing', async () => {
    await enter(NOTHING)
    const controller = makeAbort()
    const calling = session.call('a.b', [], {}, { signal: controller.signal, cancelMode: 'kill' })
    await router.got()
    controller.abort()
    await expect(calling).rejects.toMatchObject({ uri: ERROR.canceled })
    expect(await router.got()).toEqual([])
  })

  test('out of time is canceled; each progressive result gives it as much again', async () => {
    const calling = session.call('a.b', [], {}, { timeoutMs: 100, onProgress: () => {} })
    await router.got()
    for (let n = 0; n < 3; n++) {
      timers.advance(99)
      router.send(progress(1))
      expect(await router.got()).toEqual([])
    }
    timers.advance(100)
    await expect(calling).rejects.toMatchObject({ uri: ERROR.timeout, args: ['a.b'] })
    expect(await router.got()).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(timers.size).toBe(0)
  })

  test('that cannot be encoded leaves no hole in the ids', async () => {
    const send = router.near.send.bind(router.near)
    router.near.send = (message) => {
      if (message[0] === TYPE.CALL && message[4].args[0] === 1n) throw new WampError(ERROR.invalidArgument)
      send(message)
    }
    await expect(session.call('a.b', [1n])).rejects.toMatchObject({ uri: ERROR.invalidArgument })
    session.publish('a.b')
    expect(await router.got()).toEqual([[16, 1, {}, 'a.b']])
  })
})

describe('a call in parts', () => {
  /** Parts that a test hands over, and whether the caller has stopped asking for them. */
  class Parts implements AsyncIterable<CallPart> {
    isReturned = false
    #give: (next: IteratorResult<CallPart>) => void = () => {}
    #fail: (error: Error) => void = () => {}

    give(...args: unknown[]): void {
      this.#give({ value: { args }, done: false })
    }

    end(): void {
      this.#give({ value: undefined, done: true })
    }

    fail(error: Error): void {
      this.#fail(error)
    }

    [Symbol.asyncIterator](): AsyncIterator<CallPart> {
      return {
        next: () =>
          new Promise((resolve, reject) => {
            this.#give = resolve
            this.#fail = reject
          }),
        return: () => {
          this.isReturned = true
          return Promise.resolve({ value: undefined, done: true as const })
        },
      }
    }
  }

  test('sends each as it comes, under one id, and an empty one last', async () => {
    const parts = new Parts()
    const calling = session.callProgressively('a.b', parts, { rkey: 'x' })
    expect(await router.got()).toEqual([])
    parts.give(1)
    expect(await router.got()).toEqual([[48, 1, { rkey: 'x', progress: true }, 'a.b', [1]]])
    session.publish('c.d')
    parts.give(2)
    expect(await router.got()).toEqual([
      [16, 2, {}, 'c.d'],
      [48, 1, { progress: true }, 'a.b', [2]],
    ])
    parts.end()
    expect(await router.got()).toEqual([[48, 1, {}, 'a.b']])
    router.send([TYPE.RESULT, 1, {}, Payload.of(['done'])])
    expect(await calling).toEqual({ args: ['done'], kwargs: {} })
    expect(parts.isReturned).toBe(false)
  })

  test.each([
    { name: 'no parts', parts: [], sent: [[48, 1, {}, 'a.b']] },
    {
      name: 'a list',
      parts: [{ args: [1] }, { kwargs: { k: 2 } }],
      sent: [
        [48, 1, { progress: true }, 'a.b', [1]],
        [48, 1, { progress: true }, 'a.b', [], { k: 2 }],
        [48, 1, {}, 'a.b'],
      ],
    },
  ])('of $name', async ({ parts, sent }) => {
    void session.callProgressively('a.b', parts)
    expect(await router.got()).toEqual(sent)
  })

  test('that is answered early, or fails, asks for no more', async () => {
    const parts = new Parts()
    const calling = session.callProgressively('a.b', parts)
    parts.give(1)
    await router.got()
    router.send([TYPE.RESULT, 1, {}, Payload.of(['enough'])])
    expect((await calling).args).toEqual(['enough'])
    expect(parts.isReturned).toBe(true)
    parts.give(2)
    expect(await router.got()).toEqual([])
  })

  test.each([{ given: 0 }, { given: 1 }])('whose source fails after $given parts is canceled', async ({ given }) => {
    const parts = new Parts()
    const calling = session.callProgressively('a.b', parts)
    for (let n = 0; n < given; n++) parts.give(n)
    await router.got()
    const bug = new Error('bug')
    parts.fail(bug)
    await expect(calling).rejects.toBe(bug)
    expect(await router.got()).toEqual(given > 0 ? [[49, 1, { mode: 'killnowait' }]] : [])
  })

  test('that is aborted sends CANCEL and asks for no more', async () => {
    const parts = new Parts()
    const controller = makeAbort()
    const calling = session.callProgressively('a.b', parts, { signal: controller.signal })
    parts.give(1)
    await router.got()
    controller.abort()
    await expect(calling).rejects.toMatchObject({ uri: ERROR.canceled })
    expect(await router.got()).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(parts.isReturned).toBe(true)
  })

  test('waits while the network does not take them', async () => {
    const transport = router.near as { bufferedBytes: number }
    void session.callProgressively('a.b', [{ args: [1] }, { args: [2] }])
    transport.bufferedBytes = 2 ** 30
    expect(await router.got()).toHaveLength(1)
    timers.advance(50)
    expect(await router.got()).toHaveLength(0)
    transport.bufferedBytes = 0
    timers.advance(50)
    expect(await router.got()).toHaveLength(2)
  })

  test('is refused where the router does not announce them', async () => {
    await enter(NOTHING)
    await expect(session.callProgressively('a.b', [])).rejects.toMatchObject({ uri: ERROR.featureNotSupported })
    expect(await router.got()).toEqual([])
  })
})
