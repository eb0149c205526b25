import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { TYPE } from '../messages.ts'
import { newProcedure } from './rpc-phrases.ts'
import type { Case, Join, Talker } from './talker.ts'

/** A callee with one procedure, and a caller. */
async function pair(join: Join): Promise<{ callee: Talker; caller: Talker; procedure: string; registration: number }> {
  const [callee, caller] = [await join(), await join()]
  const procedure = newProcedure()
  return { callee, caller, procedure, registration: await callee.register(procedure) }
}

export const rpcCases: readonly Case[] = [
  {
    isJsonOnly: true,
    name: 'CALL, INVOCATION, YIELD, RESULT; the payload passes character by character and nothing is disclosed',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join)
      caller.send(`[48,7,{"disclose_me":true},"${procedure}",[1.0,"x"],{"k":12345678901234567890}]`)
      expect(await callee.peer.nextFrame()).toBe(`[68,1,${registration},{},[1.0,"x"],{"k":12345678901234567890}]`)
      callee.send('[70,1,{},[2.50]]')
      expect(await caller.peer.nextFrame()).toBe('[50,7,{},[2.50]]')
    },
  },
  {
    name: 'an ERROR of the callee reaches the caller with its payload',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,7,{},"${procedure}"]`)
      await callee.next()
      callee.send('[8,68,1,{},"app.error.bad",["why"],{"n":1}]')
      expect(await caller.next()).toEqual([8, 48, 7, {}, 'app.error.bad', ['why'], { n: 1 }])
    },
  },
  {
    name: 'calling what nobody registered',
    async run(join) {
      const caller = await join()
      const answer = await caller.ask((id) => `[48,${id},{},"nobody.there"]`)
      expect(answer.slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.noSuchProcedure])
    },
  },
  {
    name: 'a procedure is registered once',
    async run(join) {
      const { caller, procedure } = await pair(join)
      const answer = await caller.ask((id) => `[64,${id},{},"${procedure}"]`)
      expect(answer.slice(0, 5)).toEqual([8, 64, 1, {}, ERROR.procedureAlreadyExists])
    },
  },
  ...(
    [
      ['"invoke":"all"', 'a.b', ERROR.optionNotAllowed],
      ['"invoke":1', 'a.b', ERROR.optionNotAllowed],
      ['', 'a..b', ERROR.invalidUri],
      ['', 'wamp.session.count', ERROR.invalidUri],
      ['', 'wamp', ERROR.invalidUri],
    ] as const
  ).map(([options, procedure, uri]) => ({
    name: `REGISTER ${procedure} {${options}} is refused with ${uri}`,
    async run(join: Join) {
      const callee = await join()
      const answer = await callee.ask((id) => `[64,${id},{${options}},"${procedure}"]`)
      expect(answer.slice(0, 5)).toEqual([8, 64, 1, {}, uri])
    },
  })),
  {
    name: 'after UNREGISTER the procedure is free, and the registration unknown',
    async run(join) {
      const { callee, caller, procedure, registration } = await pair(join)
      expect((await caller.ask((id) => `[66,${id},${registration}]`))[4]).toBe(ERROR.noSuchRegistration)
      expect((await callee.ask((id) => `[66,${id},${registration}]`))[0]).toBe(TYPE.UNREGISTERED)
      expect((await callee.ask((id) => `[66,${id},${registration}]`))[4]).toBe(ERROR.noSuchRegistration)
      await caller.register(procedure)
    },
  },
  {
    name: 'invocation ids count from 1 per callee, whoever calls',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      const second = await join()
      const ids: unknown[] = []
      for (const [from, request] of [
        [caller, 50],
        [second, 50],
        [caller, 51],
      ] as const) {
        from.send(`[48,${request},{},"${procedure}"]`)
        ids.push((await callee.next())[1])
      }
      expect(ids).toEqual([1, 2, 3])
    },
  },
  {
    name: 'answers may come in any order',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,1,{},"${procedure}"]`)
      caller.send(`[48,2,{},"${procedure}"]`)
      await callee.next()
      await callee.next()
      callee.send('[70,2,{},["two"]]')
      callee.send('[70,1,{},["one"]]')
      expect(await caller.next()).toEqual([50, 2, {}, ['two']])
      expect(await caller.next()).toEqual([50, 1, {}, ['one']])
    },
  },
  {
    name: 'callers of a callee that is gone get canceled',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,1,{},"${procedure}"]`)
      await callee.next()
      callee.peer.close()
      expect((await caller.next()).slice(0, 5)).toEqual([8, 48, 1, {}, ERROR.canceled])
      await caller.register(procedure)
    },
  },
  {
    name: 'the answer to a caller that is gone is discarded, and a second answer, too',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,1,{},"${procedure}"]`)
      await callee.next()
      caller.send('[6,{},"wamp.close.normal"]')
      await caller.next()
      callee.send('[70,1,{},["late"]]')
      callee.send('[70,1,{},["later"]]')
      callee.send('[8,68,1,{},"app.error.latest"]')
      await callee.expectSilence()
      await caller.join()
      await caller.expectSilence()
    },
  },
  {
    name: 'a part of a result is no result',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,1,{"receive_progress":true},"${procedure}"]`)
      await callee.next()
      callee.send('[70,1,{"progress":true},[1]]')
      callee.send('[70,1,{},[2]]')
      expect(await caller.next()).toEqual([50, 1, {}, [2]])
    },
  },
  {
    name: 'the id of a call in flight may not be used again',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send(`[48,1,{},"${procedure}"]`)
      await callee.next()
      caller.send(`[48,1,{},"${procedure}"]`)
      expect(await caller.next()).toMatchObject([3, {}, ERROR.protocolViolation])
      await caller.peer.closed
    },
  },
  {
    name: 'CALL with a timeout that is none is refused',
    async run(join) {
      const { caller, procedure } = await pair(join)
      for (const timeout of ['-1', '"100"', 'true']) {
        const answer = await caller.ask((id) => `[48,${id},{"timeout":${timeout}},"${procedure}"]`)
        expect(answer[4]).toBe(ERROR.invalidArgument)
      }
    },
  },
  {
    name: 'a session may call itself',
    async run(join) {
      const both = await join()
      const procedure = newProcedure()
      await both.register(procedure)
      both.send(`[48,9,{},"${procedure}",[1]]`)
      expect((await both.next())[0]).toBe(TYPE.INVOCATION)
      both.send('[70,1,{},[2]]')
      expect(await both.next()).toEqual([50, 9, {}, [2]])
    },
  },
  {
    name: 'invocations of one caller keep their order across procedures of a callee',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      const other = newProcedure()
      await callee.register(other)
      for (let n = 1; n <= 100; n += 1) caller.send(`[48,${n},{},"${n % 3 === 0 ? other : procedure}",[${n}]]`)
      const seen: unknown[] = []
      while (seen.length < 100) seen.push(((await callee.next())[4] as unknown[])[0])
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    },
  },
]
