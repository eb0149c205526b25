import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { callees, expectCallError, newProcedure, pair, register, without } from './rpc-phrases.ts'
import type { Case } from './talker.ts'

const UNAVAILABLE = [8, 68, 1, {}, ERROR.unavailable, ['busy']]

/** Advanced Profile, "Call Re-Routing". */
export const rerouteCases: readonly Case[] = [
  ...(
    [
      ['roundrobin', [0, 1, 2]],
      ['first', [0, 1, 2]],
      ['last', [2, 1, 0]],
    ] as const
  ).map(([invoke, order]): Case => ({
    name: `a call that a callee cannot take goes on, ${invoke} asks each once`,
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const all = await callees(join, 3, procedure, { invoke })
      caller.send([48, 1, {}, procedure, ['x'], { k: 1 }])
      for (const index of order) {
        expect((await all[index]?.next())?.slice(3)).toEqual([{}, ['x'], { k: 1 }])
        all[index]?.send(UNAVAILABLE)
      }
      await expectCallError(caller, 1, ERROR.noAvailableCallee)
      for (const callee of all) await callee.expectSilence()
    },
  })),
  {
    name: 'the answer of the callee that took it reaches the caller, what the first says later is discarded',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const [one, other] = await callees(join, 2, procedure, { invoke: 'roundrobin' })
      caller.send([48, 1, {}, procedure])
      await one?.next()
      one?.send(UNAVAILABLE)
      await other?.next()
      one?.send([70, 1, {}, ['after all']])
      await one?.expectSilence()
      other?.send([70, 1, {}, ['done']])
      expect(await caller.next()).toEqual([50, 1, {}, ['done']])
    },
  },
  {
    name: 'the only callee cannot take it: nobody can',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, {}, procedure])
      await callee.next()
      callee.send(UNAVAILABLE)
      await expectCallError(caller, 1, ERROR.noAvailableCallee)
    },
  },
  {
    name: 'a callee that did not announce it means something else, which reaches the caller',
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: without('call_reroute') })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      callee.send(UNAVAILABLE)
      expect(await caller.next()).toEqual([8, 48, 1, {}, ERROR.unavailable, ['busy']])
    },
  },
  {
    name: 'a call that has had progress stays where it is',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const [one, other] = await callees(join, 2, procedure, { invoke: 'first' })
      caller.send([48, 1, { receive_progress: true }, procedure])
      await one?.next()
      one?.send([70, 1, { progress: true }, [1]])
      one?.send(UNAVAILABLE)
      expect(await caller.next()).toEqual([50, 1, { progress: true }, [1]])
      expect((await caller.next())[4]).toBe(ERROR.unavailable)
      await other?.expectSilence()
    },
  },
  {
    name: 'a call whose arguments come in parts stays where it is',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const [one, other] = await callees(join, 2, procedure, { invoke: 'first' })
      caller.send([48, 1, { progress: true }, procedure])
      await one?.next()
      one?.send(UNAVAILABLE)
      expect((await caller.next())[4]).toBe(ERROR.unavailable)
      await other?.expectSilence()
    },
  },
  {
    name: 'a call that was killed, and one for the owner of a key, stay where they are',
    async run(join) {
      const [procedure, caller, one, other] = [newProcedure(), await join({}), await join({}), await join({})]
      await register(one, procedure, { invoke: 'first' })
      caller.send([48, 1, { runmode: 'partition', rkey: 'k' }, procedure])
      await one.next()
      await register(other, procedure, { invoke: 'first' })
      one.send(UNAVAILABLE)
      await expectCallError(caller, 1, ERROR.noAvailableCallee)
      caller.send([48, 2, {}, procedure])
      await one.next()
      caller.send([49, 2, { mode: 'kill' }])
      await one.next()
      one.send([8, 68, 2, {}, ERROR.unavailable])
      expect((await caller.next())[4]).toBe(ERROR.unavailable)
      await other.expectSilence()
    },
  },
  {
    name: 'a callee that comes while the call is on its way is asked, too; the caller may cancel anywhere',
    async run(join) {
      const [procedure, caller, one, other] = [newProcedure(), await join({}), await join({}), await join({})]
      const [third] = await callees(join, 1, procedure, { invoke: 'last' })
      await register(one, procedure, { invoke: 'last' })
      caller.send([48, 1, {}, procedure])
      await one.next()
      await register(other, procedure, { invoke: 'last' })
      one.send(UNAVAILABLE)
      await other.next()
      caller.send([49, 1, {}])
      await expectCallError(caller, 1, ERROR.canceled)
      expect(await other.next()).toEqual([69, 1, { mode: 'killnowait' }])
      await one.expectSilence()
      await third?.expectSilence()
    },
  },
]
