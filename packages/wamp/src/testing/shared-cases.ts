import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { callees, expectCallError, newProcedure, refusal, register, without } from './rpc-phrases.ts'
import type { Case, Join, Talker } from './talker.ts'

/** Calls so often and @returns which of the callees got each, by the argument they answer with. */
async function answers(caller: Talker, procedure: string, all: readonly Talker[], count: number): Promise<unknown[]> {
  const seen: unknown[] = []
  for (const [index, callee] of all.entries()) void serve(callee, index)
  while (seen.length < count) seen.push(((await caller.ask((id) => [48, id, {}, procedure]))[3] as unknown[])[0])
  return seen
}

/** Answers every INVOCATION until the transport is closed. */
async function serve(callee: Talker, answer: unknown): Promise<never> {
  for (;;) {
    const [, invocation] = await callee.next()
    callee.send([70, invocation, {}, [answer]])
  }
}

/** Advanced Profile, "Shared Registration". */
const POLICIES: readonly Case[] = [
  ...(
    [
      ['first', [0, 0, 0, 0]],
      ['last', [2, 2, 2, 2]],
      ['roundrobin', [0, 1, 2, 0]],
    ] as const
  ).map(([invoke, expected]): Case => ({
    name: `of three callees, ${invoke} calls ${expected.join(', ')}`,
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const all = await callees(join, 3, procedure, { invoke })
      expect(await answers(caller, procedure, all, 4)).toEqual(expected)
    },
  })),
  {
    name: 'random calls every callee sooner or later',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const all = await callees(join, 3, procedure, { invoke: 'random' })
      // one of three is missed by 100 calls once in 10^17 runs
      expect(new Set(await answers(caller, procedure, all, 100))).toEqual(new Set([0, 1, 2]))
    },
  },
  {
    name: 'a registration is shared under one id until its last callee is gone',
    async run(join) {
      const procedure = newProcedure()
      const [one, other, caller] = [await join({}), await join({}), await join({})]
      const id = await register(one, procedure, { invoke: 'roundrobin' })
      expect(await register(other, procedure, { invoke: 'roundrobin' })).toBe(id)
      expect(await register(one, procedure, { invoke: 'roundrobin' })).toBe(id)
      expect(await one.ask((request) => [66, request, id])).toEqual([67, 3])
      for (const request of [1, 2]) {
        caller.send([48, request, {}, procedure])
        expect((await other.next())[0]).toBe(68)
      }
      other.peer.close()
      await expectCallError(caller, 1, ERROR.canceled)
      await expectCallError(caller, 2, ERROR.canceled)
      caller.send([48, 3, {}, procedure])
      await expectCallError(caller, 3, ERROR.noSuchProcedure)
    },
  },
  ...(
    [
      ['single', 'single', ERROR.procedureAlreadyExists],
      ['single', 'roundrobin', ERROR.procedureAlreadyExists],
      ['first', 'last', ERROR.differentInvocationPolicy],
      ['random', 'single', ERROR.differentInvocationPolicy],
    ] as const
  ).map(([first, second, uri]): Case => ({
    name: `what is registered as ${first} cannot be registered as ${second}`,
    async run(join) {
      const procedure = newProcedure()
      const [one, other] = [await join({}), await join({})]
      await register(one, procedure, { invoke: first })
      expect(await refusal(other, procedure, { invoke: second })).toBe(uri)
      expect(await refusal(one, procedure, { invoke: second })).toBe(uri)
    },
  })),
  {
    name: 'the same name registered under another match policy is another registration',
    async run(join) {
      const procedure = newProcedure()
      const [one, other] = [await join({}), await join({})]
      const exact = await register(one, procedure)
      expect(await register(other, procedure, { match: 'prefix' })).not.toBe(exact)
    },
  },
]

/** What an INVOCATION leads to when it is not answered: the callee is busy. */
const CONCURRENCY: readonly Case[] = [
  {
    name: 'a callee gets no more calls at a time than it takes; the others do, then nobody',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const [one, other] = [await join({}), await join({})]
      await register(one, procedure, { invoke: 'first', concurrency: 1 })
      await register(other, procedure, { invoke: 'first', concurrency: 2 })
      for (const request of [1, 2, 3, 4]) caller.send([48, request, {}, procedure, [request]])
      expect((await one.next())[4]).toEqual([1])
      expect([(await other.next())[4], (await other.next())[4]]).toEqual([[2], [3]])
      await expectCallError(caller, 4, ERROR.noAvailableCallee)
      one.send([70, 1, {}])
      expect((await caller.next()).slice(0, 2)).toEqual([50, 1])
      caller.send([48, 5, {}, procedure, [5]])
      expect((await one.next())[4]).toEqual([5])
    },
  },
  {
    name: 'a call that was given up keeps its place until the callee is done with it',
    async run(join) {
      const [procedure, caller, callee] = [newProcedure(), await join({}), await join(without('call_canceling'))]
      await register(callee, procedure, { concurrency: 1 })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      caller.send([49, 1, {}])
      await expectCallError(caller, 1, ERROR.canceled)
      caller.send([48, 2, {}, procedure])
      await expectCallError(caller, 2, ERROR.noAvailableCallee)
      callee.send([70, 1, {}, ['late']])
      await callee.expectSilence()
      caller.send([48, 3, {}, procedure])
      expect((await callee.next()).slice(0, 2)).toEqual([68, 2])
    },
  },
  ...[0, -1, 1.5, 10_001, '2', true].map((concurrency): Case => ({
    name: `REGISTER {"concurrency":${JSON.stringify(concurrency)}} is refused`,
    async run(join) {
      expect(await refusal(await join({}), newProcedure(), { concurrency })).toBe(ERROR.invalidArgument)
    },
  })),
]

async function owners(join: Join): Promise<{ caller: Talker; procedure: string; all: Talker[] }> {
  const procedure = newProcedure()
  return { caller: await join({}), procedure, all: await callees(join, 3, procedure, { invoke: 'roundrobin' }) }
}

/** Advanced Profile, "Sharded Registration". */
const SHARDED: readonly Case[] = [
  {
    name: 'calls with equal keys go to one callee, whoever calls; different keys to different ones',
    async run(join) {
      const { caller, procedure, all } = await owners(join)
      const second = await join({})
      const ownerOf = async (from: Talker, rkey: string): Promise<unknown> => {
        const answer = await from.ask((id) => [48, id, { runmode: 'partition', rkey }, procedure])
        return (answer[3] as unknown[])[0]
      }
      for (const [index, callee] of all.entries()) void serve(callee, index)
      const seen = new Set<unknown>()
      for (let key = 0; key < 60; key += 1) {
        const owner = await ownerOf(caller, `key ${key}`)
        expect(await ownerOf(second, `key ${key}`)).toBe(owner)
        seen.add(owner)
      }
      expect(seen.size).toBe(3)
    },
  },
  ...(
    [
      [{ runmode: 'all' }, ERROR.optionNotAllowed],
      [{ runmode: 'all', rkey: 'x' }, ERROR.optionNotAllowed],
      [{ runmode: 'partition' }, ERROR.invalidArgument],
      [{ runmode: 'partition', rkey: [] }, ERROR.invalidArgument],
    ] as const
  ).map(([options, uri]): Case => ({
    name: `CALL ${JSON.stringify(options)} is refused`,
    async run(join) {
      const { caller, procedure } = await owners(join)
      caller.send([48, 1, options, procedure])
      await expectCallError(caller, 1, uri)
    },
  })),
]

/** An extension that Crossbar has, too. */
const FORCED: readonly Case[] = [
  {
    name: 'force_reregister takes the procedure away from whoever has it; calls in flight stay',
    async run(join) {
      const [procedure, caller] = [newProcedure(), await join({})]
      const [one, other] = [await join({}), await join({})]
      const id = await register(one, procedure)
      caller.send([48, 1, {}, procedure])
      await one.next()
      const forced = await register(other, procedure, { force_reregister: true, invoke: 'roundrobin' })
      expect(forced).not.toBe(id)
      expect(await one.next()).toMatchObject([67, 0, { registration: id }])
      one.send([70, 1, {}, ['mine']])
      expect(await caller.next()).toEqual([50, 1, {}, ['mine']])
      caller.send([48, 2, {}, procedure])
      expect((await other.next()).slice(0, 3)).toEqual([68, 1, forced])
      expect((await one.ask((request) => [66, request, id]))[4]).toBe(ERROR.noSuchRegistration)
    },
  },
  {
    name: 'force_reregister of what nobody has, and of what one has oneself',
    async run(join) {
      const [procedure, callee] = [newProcedure(), await join(without('registration_revocation'))]
      const id = await register(callee, procedure, { force_reregister: true })
      expect(await register(callee, procedure, { force_reregister: true })).not.toBe(id)
    },
  },
]

export const sharedCases: readonly Case[] = [...POLICIES, ...CONCURRENCY, ...SHARDED, ...FORCED]
