import { expect } from 'vitest'
import { newProcedure, register } from './rpc-phrases.ts'
import type { Case } from './talker.ts'

const PATTERNS = [
  ['exact', 'a.b.c'],
  ['prefix', 'a.b'],
  ['prefix', 'a.b.c.d'],
  ['wildcard', 'a..c'],
  ['wildcard', 'a..'],
] as const

/** Advanced Profile, "Pattern-based Registrations". */
export const patternRpcCases: readonly Case[] = [
  ...(
    [
      ['a.b.c', 'a.b.c'],
      ['a.b.x', 'a.b'],
      ['a.bb', 'a.b'],
      ['a.b.c.dd', 'a.b.c.d'],
      ['a.x.c', 'a..c'],
      ['a.x.y', 'a..'],
    ] as const
  ).map(([called, pattern]): Case => ({
    name: `of several that match, ${called} goes to ${pattern}`,
    async run(join) {
      const [base, callee, caller] = [newProcedure(), await join({}), await join({})]
      const ids = new Map<string, number>()
      for (const [match, uri] of PATTERNS) ids.set(uri, await register(callee, `${base}.${uri}`, { match }))
      caller.send([48, 1, {}, `${base}.${called}`, [1]])
      const details = called === pattern ? {} : { procedure: `${base}.${called}` }
      expect(await callee.next()).toEqual([68, 1, ids.get(pattern), details, [1]])
      callee.send([70, 1, {}, [2]])
      expect(await caller.next()).toEqual([50, 1, {}, [2]])
    },
  })),
  {
    name: 'patterns are shared as names are, and every part of a call names the procedure',
    async run(join) {
      const [base, one, other, caller] = [newProcedure(), await join({}), await join({}), await join({})]
      const options = { match: 'wildcard', invoke: 'last' }
      const id = await register(one, `${base}..do`, options)
      expect(await register(other, `${base}..do`, options)).toBe(id)
      caller.send([48, 1, { progress: true }, `${base}.it.do`])
      caller.send([48, 1, {}, `${base}.it.do`])
      expect(await other.next()).toEqual([68, 1, id, { progress: true, procedure: `${base}.it.do` }])
      expect(await other.next()).toEqual([68, 1, id, { procedure: `${base}.it.do` }])
      await one.expectSilence()
    },
  },
  {
    name: 'a name that is no pattern of the asked kind, or the router’s own, is refused',
    async run(join) {
      const callee = await join({})
      for (const [match, uri] of [
        ['prefix', 'a..b'],
        ['exact', 'a..b'],
        ['wildcard', 'a b..'],
        ['prefix', 'wamp.'],
        ['wildcard', 'wamp..count'],
      ])
        expect((await callee.ask((id) => [64, id, { match }, uri]))[4]).toBe('wamp.error.invalid_uri')
    },
  },
]
