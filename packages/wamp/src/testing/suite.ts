import { afterEach, describe, expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import { TYPE } from '../messages.ts'
import { ROUTER_LIMITS } from '../router/limits.ts'
import { metaCases, pubsubCases, rpcCases } from './cases.ts'
import type { RawPeer } from './raw-peer.ts'
import { type Case, HELLO, Talker } from './talker.ts'
import { BEFORE_SESSION, IN_SESSION, type Violation } from './violations.ts'

export { Inbox, type RawPeer } from './raw-peer.ts'
export { ALL_FEATURES, Talker } from './talker.ts'

const PARTS = [
  { part: 'publish and subscribe', all: pubsubCases },
  { part: 'remote procedure calls', all: rpcCases },
  { part: 'meta API', all: metaCases },
]

/**
 * The protocol as a black box, for any transport: a router behind it must have the realm `realm1` open to anonymous
 * sessions that may do everything. Without `isJson` the cases that are about the characters of JSON are left out; without
 * `isOnWire`, in one process, those that are about frames.
 */
export function protocolSuite(open: () => Promise<RawPeer>, { isJson = true, isOnWire = true } = {}): void {
  const opened: RawPeer[] = []
  const connect = async (): Promise<Talker> => {
    const peer = await open()
    opened.push(peer)
    return new Talker(peer)
  }
  const join = async (details?: Record<string, unknown>): Promise<Talker> => {
    const talker = await connect()
    await talker.join(details)
    return talker
  }
  const cases = (all: readonly Case[]): Case[] =>
    all.filter(({ isJsonOnly, isOnWireOnly }) => (isJson || !isJsonOnly) && (isOnWire || !isOnWireOnly))
  const violations = (all: readonly Violation[]): Violation[] =>
    all.filter(({ frame }) => (isOnWire ? isJson || isJsonText(frame) : isMessage(frame)))
  afterEach(() => {
    for (const peer of opened.splice(0)) peer.close()
  })

  describe('session', () => {
    test('WELCOME names the session, the realm and exactly the two roles', async () => {
      const talker = await connect()
      talker.send(HELLO)
      const [type, id, details] = await talker.next()
      expect(type).toBe(TYPE.WELCOME)
      expect(Number.isInteger(id)).toBe(true)
      expect(details).toMatchObject({ realm: 'realm1', authrole: 'anonymous', authmethod: 'anonymous' })
      const { roles } = details as { roles: Record<string, { features: unknown }> }
      expect(Object.keys(roles).sort()).toEqual(['broker', 'dealer'])
      for (const role of Object.values(roles)) expect(role.features).toBeTypeOf('object')
    })

    test('GOODBYE is answered and the transport takes another session', async () => {
      const talker = await join()
      talker.send('[6,{},"wamp.close.normal"]')
      expect(await talker.next()).toEqual([6, {}, 'wamp.close.goodbye_and_out'])
      await talker.join()
    })

    test('a realm that is no URI is refused', async () => {
      const talker = await connect()
      talker.send('[1,"real m",{"roles":{"caller":{}}}]')
      expect(await talker.next()).toMatchObject([3, {}, ERROR.invalidUri])
      await talker.peer.closed
    })

    test.each(violations(BEFORE_SESSION))('before a session: $name', async ({ frame }) => {
      const talker = await connect()
      talker.send(frame)
      expect(await talker.next()).toMatchObject([3, {}, ERROR.protocolViolation])
      expect((await talker.peer.closed).code).toBe(1002)
    })

    test.each(violations(IN_SESSION))('in a session: $name', async ({ frame }) => {
      const talker = await join()
      const witness = await join()
      await witness.subscribe('after.violation')
      talker.send(frame)
      talker.send('[16,900,{},"after.violation"]')
      expect(await talker.next()).toMatchObject([3, {}, ERROR.protocolViolation])
      expect((await talker.peer.closed).code).toBe(1002)
      await witness.expectSilence()
    })
  })

  describe.each(PARTS)('$part', ({ all }) => {
    test.each(cases(all))('$name', async ({ run }) => await run(join))
  })
}

/** Whether a violation can be said in other formats, too: a list, if not a message. */
function isJsonText(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

/** Whether it is a message, though one out of place, and not too long: what has no frames knows no length. */
function isMessage(text: string): boolean {
  try {
    jsonSerializer().decode(text)
    return text.length < ROUTER_LIMITS.helloBytesMax
  } catch {
    return false
  }
}
