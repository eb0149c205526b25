import { expect } from 'vitest'
import { ERROR } from '../errors.ts'
import { expectCallError, expectViolation, pair, without } from './rpc-phrases.ts'
import type { Case } from './talker.ts'

const CANCELING = without('nothing')
const NOT_CANCELING = without('call_canceling')

/** Advanced Profile, "Call Canceling". */
export const cancelCases: readonly Case[] = [
  ...[
    { options: {}, interrupt: { mode: 'killnowait' } },
    { options: { mode: 'killnowait' }, interrupt: { mode: 'killnowait' } },
    { options: { mode: 'skip' }, interrupt: null },
  ].map(({ options, interrupt }): Case => ({
    name: `CANCEL ${JSON.stringify(options)} answers at once, ${interrupt ? 'interrupts' : 'does not interrupt'}, and what the callee says is discarded`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, {}, procedure])
      await callee.next()
      caller.send([49, 1, options])
      await expectCallError(caller, 1, ERROR.canceled)
      if (interrupt) expect(await callee.next()).toEqual([69, 1, interrupt])
      callee.send([8, 68, 1, {}, 'app.error.stopped'])
      await callee.expectSilence()
      await caller.expectSilence()
    },
  })),
  ...(
    [
      ['ERROR', [8, 68, 1, {}, ERROR.canceled, ['stopped']], [8, 48, 50, {}, ERROR.canceled, ['stopped']]],
      ['YIELD', [70, 1, {}, ['done before']], [50, 50, {}, ['done before']]],
    ] as const
  ).map(([type, answer, reaches]): Case => ({
    name: `CANCEL {"mode":"kill"} interrupts once and waits for the callee, which says ${type}`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 50, {}, procedure])
      await callee.next()
      caller.send([49, 50, { mode: 'kill' }])
      caller.send([49, 50, { mode: 'kill' }])
      expect(await callee.next()).toEqual([69, 1, { mode: 'kill' }])
      await callee.expectSilence()
      await caller.expectSilence()
      callee.send(answer)
      expect(await caller.next()).toEqual(reaches)
    },
  })),
  {
    name: 'a caller that waits no longer for a killed call is answered, and the callee interrupted once',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      caller.send([48, 1, {}, procedure])
      await callee.next()
      caller.send([49, 1, { mode: 'kill' }])
      caller.send([49, 1, { mode: 'killnowait' }])
      await expectCallError(caller, 1, ERROR.canceled)
      expect(await callee.next()).toEqual([69, 1, { mode: 'kill' }])
      await callee.expectSilence()
    },
  },
  ...['skip', 'kill', 'killnowait'].map((mode): Case => ({
    name: `CANCEL {"mode":"${mode}"}: a callee that cannot be interrupted hears nothing, its caller is answered`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: NOT_CANCELING })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      caller.send([49, 1, { mode }])
      await expectCallError(caller, 1, ERROR.canceled)
      await callee.expectSilence()
      callee.send([70, 1, {}, ['late']])
      await callee.expectSilence()
      await caller.expectSilence()
    },
  })),
  {
    name: 'CANCEL of a call that never was, that has ended, or of somebody else changes nothing',
    async run(join) {
      const { callee, caller, procedure } = await pair(join)
      const other = await join({})
      caller.send([48, 1, {}, procedure])
      caller.send([48, 2, {}, procedure])
      await callee.next()
      await callee.next()
      callee.send([70, 1, {}, ['one']])
      expect(await caller.next()).toEqual([50, 1, {}, ['one']])
      caller.send([49, 1, {}])
      caller.send([49, 77, { mode: 'kill' }])
      other.send([49, 2, {}])
      await other.expectSilence()
      await caller.expectSilence()
      callee.send([70, 2, {}, ['two']])
      expect(await caller.next()).toEqual([50, 2, {}, ['two']])
    },
  },
  {
    name: 'CANCEL with a mode that does not exist is a violation',
    async run(join) {
      const { caller } = await pair(join)
      caller.send([49, 1, { mode: 'abort' }])
      await expectViolation(caller)
    },
  },
  ...[
    { callee: CANCELING, hears: [69, 1, { mode: 'killnowait' }] },
    { callee: NOT_CANCELING, hears: null },
  ].map((row): Case => ({
    name: `a callee whose caller is gone is ${row.hears ? 'interrupted' : 'left alone if it cannot be interrupted'}`,
    async run(join) {
      const { callee, caller, procedure } = await pair(join, { callee: row.callee })
      caller.send([48, 1, {}, procedure])
      await callee.next()
      caller.send([6, {}, 'wamp.close.normal'])
      await caller.next()
      if (row.hears) expect(await callee.next()).toEqual(row.hears)
      callee.send([70, 1, {}, ['late']])
      await callee.expectSilence()
    },
  })),
]
