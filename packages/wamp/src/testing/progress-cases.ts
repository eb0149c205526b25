import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { expectCallError, expectViolation, newProcedure, pair, register, without } from './rpc-phrases.ts'
import type { Case } from './talker.ts'

/** Advanced Profile, "Progressive Call Results". */
const RESULTS: readonly Case[] = [
  {
    name: 'parts of a result come as they are made, the last one ends the call',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join)
      caller.send([48, 1, { receive_progress: true }, procedure])
      expect(await callee.next()).toEqual([68, 1, registration, { receive_progress: true }])
      callee.send([70, 1, { progress: true }, ['a']])
      expect(await caller.next()).toEqual([50, 1, { progress: true }, ['a']])
      callee.send([70, 1, { progress: true }, [], { k: 1 }])
      expect(await caller.next()).toEqual([50, 1, { progress: true }, [], { k: 1 }])
      callee.send([70, 1, {}, ['end']])
      expect(await caller.next()).toEqual([50, 1, {}, ['end']])
      callee.send([70, 1, { progress: true }, ['late']])
      await callee.expectSilence()
      await caller.expectSilence()
    },
  },
  {
    name: 'an ERROR may follow parts of a result',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, { receive_progress: true }, procedure])
      await callee.next()
      callee.send([70, 1, { progress: true }, [1]])
      callee.send([8, 68, 1, {}, 'app.error.half_way'])
      expect(await caller.next()).toEqual([50, 1, { progress: true }, [1]])
      expect(await caller.next()).toEqual([8, 48, 1, {}, 'app.error.half_way'])
    },
  },
  ...[
    { who: 'a callee', roles: { callee: without('progressive_call_results') } },
    { who: 'a caller', roles: { caller: without('progressive_call_results') } },
  ].map(({ who, roles }): Case => ({
    name: `${who} without progressive results: they are not asked for, and dropped`,
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join, roles)
      caller.send([48, 1, { receive_progress: true }, procedure])
      expect(await callee.next()).toEqual([68, 1, registration, {}])
      callee.send([70, 1, { progress: true }, [1]])
      callee.send([70, 1, {}, [2]])
      expect(await caller.next()).toEqual([50, 1, {}, [2]])
    },
  })),
  {
    name: 'a callee with progressive results that cannot be canceled has them nevertheless, as Autobahn|JS',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join, { callee: without('call_canceling') })
      caller.send([48, 1, { receive_progress: true }, procedure])
      expect(await callee.next()).toEqual([68, 1, registration, { receive_progress: true }])
    },
  },
]

/** Advanced Profile, "Progressive Call Invocations". */
const INVOCATIONS: readonly Case[] = [
  {
    name: 'parts of the arguments go under one INVOCATION id, and only `progress` is read of later options',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join)
      caller.send([48, 1, { progress: true, receive_progress: true }, procedure, [1]])
      expect(await callee.next()).toEqual([68, 1, registration, { progress: true, receive_progress: true }, [1]])
      callee.send([70, 1, { progress: true }, ['so far']])
      expect(await caller.next()).toEqual([50, 1, { progress: true }, ['so far']])
      caller.send([48, 1, { progress: true, ppt_scheme: 'x_other' }, procedure, [2]])
      expect(await callee.next()).toEqual([68, 1, registration, { progress: true }, [2]])
      caller.send([48, 1, { timeout: -1 }, procedure, [3]])
      expect(await callee.next()).toEqual([68, 1, registration, {}, [3]])
      callee.send([70, 1, {}, ['all']])
      expect(await caller.next()).toEqual([50, 1, {}, ['all']])
    },
  },
  {
    name: 'all parts go to one callee of a shared registration',
    async run(join) {
      const procedure = newProcedure()
      const [one, other, caller] = [await join({}), await join({}), await join({})]
      await register(one, procedure, { invoke: 'roundrobin' })
      await register(other, procedure, { invoke: 'roundrobin' })
      for (const progress of [true, true, false]) caller.send([48, 1, { progress }, procedure])
      for (const progress of [{ progress: true }, { progress: true }, {}])
        expect((await one.next())[3]).toEqual(progress)
      await other.expectSilence()
    },
  },
  {
    name: 'parts of a call that has ended are discarded, and the next call is a new one',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, { progress: true }, procedure, [1]])
      await callee.next()
      callee.send([8, 68, 1, {}, 'app.error.enough'])
      await expectCallError(caller, 1, 'app.error.enough')
      caller.send([48, 1, { progress: true }, procedure, [2]])
      caller.send([48, 1, {}, procedure, [3]])
      caller.send([48, 2, {}, procedure, ['new']])
      expect((await callee.next()).slice(0, 2)).toEqual([68, 2])
      callee.send([70, 2, {}, ['answer']])
      expect(await caller.next()).toEqual([50, 2, {}, ['answer']])
    },
  },
  {
    name: 'parts of a call that was refused are discarded',
    async run(join) {
      const [caller, callee] = [await join({}), await join({})]
      const procedure = newProcedure()
      caller.send([48, 1, { progress: true }, procedure])
      await expectCallError(caller, 1, ERROR.noSuchProcedure)
      await register(callee, procedure)
      caller.send([48, 1, { progress: true }, procedure])
      caller.send([48, 1, {}, procedure])
      await callee.expectSilence()
      await caller.expectSilence()
    },
  },
  {
    name: 'a part after the last one is a violation',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, { progress: true }, procedure])
      caller.send([48, 1, {}, procedure])
      caller.send([48, 1, {}, procedure])
      expect((await callee.next())[0]).toBe(68)
      await expectViolation(caller)
    },
  },
  {
    name: 'a caller that did not announce them may not send parts',
    async run(join) {
      const { caller, procedure } = await pair(join, { caller: without('progressive_call_invocations') })
      caller.send([48, 1, { progress: true }, procedure])
      await expectViolation(caller)
    },
  },
  ...['progressive_call_invocations', 'call_canceling'].map((feature): Case => ({
    name: `a callee without ${feature} gets no parts`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: without(feature) })
      caller.send([48, 1, { progress: true }, procedure])
      await expectCallError(caller, 1, ERROR.featureNotSupported)
      caller.send([48, 1, {}, procedure])
      await callee.expectSilence()
      await caller.expectSilence()
    },
  })),
  {
    name: 'what the router itself answers takes no parts',
    async run(join) {
      const caller = await join({})
      caller.send([48, 1, { progress: true }, 'wamp.session.count'])
      await expectCallError(caller, 1, ERROR.featureNotSupported)
      caller.send([48, 1, {}, 'wamp.session.count'])
      await caller.expectSilence()
    },
  },
]

export const progressCases: readonly Case[] = [...RESULTS, ...INVOCATIONS]
