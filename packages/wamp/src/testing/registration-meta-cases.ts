import { expect } from 'vitest'
import { newProcedure, register, without } from './rpc-phrases.ts'
import type { Case, Talker } from './talker.ts'

async function metaCall(talker: Talker, procedure: string, ...args: unknown[]): Promise<unknown> {
  const [, , , result] = await talker.ask((id) => [48, id, {}, `wamp.registration.${procedure}`, args])
  return (result as unknown[])[0]
}

/** Advanced Profile, "Registration Meta API" and "Registration Revocation". */
export const registrationMetaCases: readonly Case[] = [
  {
    name: 'what happens to a registration is announced in order, and nothing of it twice',
    async run(join) {
      const [watcher, one, other] = [await join({}), await join({}), await join({})]
      const topics = new Map<unknown, string>()
      for (const event of ['on_create', 'on_register', 'on_unregister', 'on_delete'])
        topics.set(await watcher.subscribe(`wamp.registration.${event}`), event)
      const procedure = newProcedure()
      const id = await register(one, procedure, { invoke: 'first' })
      await register(other, procedure, { invoke: 'first' })
      await register(other, procedure, { invoke: 'first' })
      await one.ask((request) => [66, request, id])
      other.peer.close()
      const seen: unknown[] = []
      // cases that run beside this one register things, too
      while (seen.length < 6) {
        const [, subscription, , , args] = await watcher.next()
        const [, subject] = args as [unknown, unknown]
        const details = subject as { id: unknown }
        if (subject === id) seen.push(topics.get(subscription))
        else if (details.id === id) seen.push([topics.get(subscription), details])
      }
      const created: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(seen).toEqual([
        ['on_create', { id, created, uri: procedure, match: 'exact', invoke: 'first' }],
        'on_register',
        'on_register',
        'on_unregister',
        'on_unregister',
        'on_delete',
      ])
    },
  },
  {
    name: 'registrations are found by name and policy, by what a call would go to, and by id',
    async run(join) {
      const [talker, callee, other] = [await join({}), await join({}), await join({})]
      const name = newProcedure()
      const exact = await register(callee, name)
      const prefix = await register(callee, name, { match: 'prefix', invoke: 'random' })
      await register(other, name, { match: 'prefix', invoke: 'random' })
      expect(await metaCall(talker, 'lookup', name)).toBe(exact)
      expect(await metaCall(talker, 'lookup', name, { match: 'prefix' })).toBe(prefix)
      expect(await metaCall(talker, 'lookup', name, { match: 'wildcard' })).toBe(null)
      expect(await metaCall(talker, 'match', name)).toBe(exact)
      expect(await metaCall(talker, 'match', `${name}.more`)).toBe(prefix)
      expect(await metaCall(talker, 'get', prefix)).toMatchObject({ uri: name, match: 'prefix', invoke: 'random' })
      expect(await metaCall(talker, 'count_callees', prefix)).toBe(2)
      const { exact: exacts, prefix: prefixes } = (await metaCall(talker, 'list')) as Record<string, unknown[]>
      expect([exacts?.includes(exact), prefixes?.includes(prefix)]).toEqual([true, true])
    },
  },
  ...[
    { callee: {}, hears: true },
    { callee: without('registration_revocation'), hears: false },
  ].map((row): Case => ({
    name: `a callee that is removed is ${row.hears ? 'told why' : 'not told if it did not announce that it listens'}`,
    async run(join) {
      const [talker, callee] = [await join({}), await join(row.callee)]
      const procedure = newProcedure()
      const id = await register(callee, procedure)
      const [session] = (await metaCall(talker, 'list_callees', id)) as unknown[]
      await talker.ask((request) => [
        48,
        request,
        {},
        'wamp.registration.remove_callee',
        [id, session],
        { reason: 'app.enough' },
      ])
      if (row.hears) expect(await callee.next()).toEqual([67, 0, { registration: id, reason: 'app.enough' }])
      expect((await callee.ask((request) => [66, request, id]))[4]).toBe('wamp.error.no_such_registration')
      await register(talker, procedure)
    },
  })),
]
