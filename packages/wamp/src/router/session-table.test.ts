import { describe, expect, test } from 'vitest'
import { CLOSE, ERROR } from '../errors.ts'
import { openRouter, settled } from '../testing/open-router.ts'
import { HELLO, Talker } from '../testing/talker.ts'
import type { Router } from './router.ts'
import { type Input, SESSION_TABLE, type State } from './session-table.ts'

const FRAMES: Record<Exclude<Input, 'lost' | 'deadline' | 'ended'>, string> = {
  HELLO,
  WELCOME: '[2,1,{}]',
  ABORT: '[3,{},"a.b"]',
  CHALLENGE: '[4,"ticket",{}]',
  AUTHENTICATE: '[5,"x",{}]',
  GOODBYE: '[6,{},"wamp.close.normal"]',
  ERROR: '[8,68,1,{},"a.b"]',
  PUBLISH: '[16,1,{},"a.b"]',
  PUBLISHED: '[17,1,1]',
  SUBSCRIBE: '[32,1,{},"a.b"]',
  SUBSCRIBED: '[33,1,1]',
  UNSUBSCRIBE: '[34,1,1]',
  UNSUBSCRIBED: '[35,1]',
  EVENT: '[36,1,1,{}]',
  EVENT_RECEIVED: '[337,1]',
  CALL: '[48,1,{},"a.b"]',
  CANCEL: '[49,1,{}]',
  RESULT: '[50,1,{}]',
  REGISTER: '[64,1,{},"a.b"]',
  REGISTERED: '[65,1,1]',
  UNREGISTER: '[66,1,1]',
  UNREGISTERED: '[67,1]',
  INVOCATION: '[68,1,1,{}]',
  INTERRUPT: '[69,1,{}]',
  YIELD: '[70,1,{}]',
  undecodable: 'no message',
}

/** A router whose next connection is in the state, and its peer. */
async function inState(state: State): Promise<{ router: Router; talker: Talker }> {
  const { router, open } = openRouter({
    authenticate: () => {
      if (state === 'challenged') return { kind: 'challenge', method: 'ticket', extra: {}, answer: () => WAIT }
      return state === 'deciding' ? WAIT : ACCEPT
    },
  })
  const talker = new Talker(await open())
  if (state !== 'greeting') talker.send(HELLO)
  if (state === 'challenged') expect((await talker.next())[0]).toBe(4)
  if (state === 'open' || state === 'leaving') expect((await talker.next())[0]).toBe(2)
  if (state === 'leaving') {
    router.close()
    expect(await talker.next()).toEqual([6, {}, CLOSE.systemShutdown])
  }
  return { router, talker }
}

const WAIT = new Promise<never>(() => {})
const ACCEPT = {
  kind: 'accept',
  identity: { authid: 'me', authrole: 'user', authmethod: 'ticket', authprovider: 'test' },
} as const

const states = ['greeting', 'deciding', 'challenged', 'open', 'leaving'] as const
/** Nothing was called for, so the dealer takes these for answers to nothing. */
const NEVER_ISSUED = new Set(['ERROR', 'YIELD'])

describe.each(states)('%s', (state) => {
  test.each(Object.entries(FRAMES))('%s', async (name, frame) => {
    const { router, talker } = await inState(state)
    const reaction = SESSION_TABLE[state][name as keyof typeof FRAMES]
    talker.sendRaw(frame)
    await settled()
    const isAborted = reaction === 'abort' || (reaction === 'route' && NEVER_ISSUED.has(name))
    expect(router.connections).toBe(isAborted || reaction === 'close' ? 0 : 1)
    if (isAborted) expect(await talker.next()).toMatchObject([3, {}, ERROR.protocolViolation])
  })

  test('lost', async () => {
    const { router, talker } = await inState(state)
    talker.peer.close()
    expect([router.connections, router.metrics().sessions]).toEqual([0, 0])
  })

  test('ended', async () => {
    const { router, talker } = await inState(state)
    router.close()
    const reaction = SESSION_TABLE[state].ended
    if (reaction === 'ignore') return expect(router.connections).toBe(1)
    expect((await talker.next()).slice(0, 3)).toEqual([reaction === 'refuse' ? 3 : 6, {}, CLOSE.systemShutdown])
    expect(router.metrics().sessions).toBe(0)
  })
})
