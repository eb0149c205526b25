import { beforeEach, expect, test } from 'vitest'
import { TYPE } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { ScriptedRouter } from '../testing/scripted-router.ts'
import type { EventDetails } from './handlers.ts'
import { join } from './join.ts'
import type { SubscribeOptions } from './options.ts'
import type { Session, Subscription } from './session.ts'

let router: ScriptedRouter
let session: Session
let errors: unknown[]
let got: EventDetails[]

beforeEach(async () => {
  router = new ScriptedRouter()
  errors = []
  got = []
  const timers = new ManualTimers()
  session = await join(router.near, { realm: 'realm1', timers, onError: (error) => errors.push(error) })
  await router.got()
})

/** Subscribes under id 5. */
async function subscribe(request: number, options: SubscribeOptions = {}): Promise<Subscription> {
  const subscribing = session.subscribe('a.b', (_args, _kwargs, details) => got.push(details), options)
  router.send([TYPE.SUBSCRIBED, request, 5])
  return await subscribing
}

const event = (details: Dict): void => router.send([TYPE.EVENT, 5, 9, details, Payload.empty])
const PLAIN = { publication: 9, topic: 'a.b', publisher: null, retained: false, trustlevel: null, dropped: 0 }

test.each([
  { name: 'nothing', raw: {}, known: {} },
  { name: 'the topic', raw: { topic: 'a.b.c' }, known: { topic: 'a.b.c' } },
  {
    name: 'the publisher',
    raw: { publisher: 3, publisher_authid: 'joe', publisher_authrole: 'user' },
    known: { publisher: { session: 3, authid: 'joe', authrole: 'user' } },
  },
  { name: 'half a publisher', raw: { publisher: 3 }, known: {} },
  { name: 'that it was retained', raw: { retained: true }, known: { retained: true } },
  { name: 'a trust level', raw: { trustlevel: 0 }, known: { trustlevel: 0 } },
  { name: 'losses', raw: { _dropped: 12 }, known: { dropped: 12 } },
])('an event tells $name', async ({ raw, known }) => {
  await subscribe(1)
  event(raw)
  await router.got()
  expect(got).toEqual([{ ...PLAIN, ...known, raw }])
})

test('options for the router are sent, own ones are not', async () => {
  await subscribe(1, { match: 'prefix', get_retained: true, nkey: 'n1', onRevoked: () => {} })
  expect(await router.got()).toEqual([[32, 1, { match: 'prefix', get_retained: true, nkey: 'n1' }, 'a.b']])
})

test('a revoked subscription has ended for all its handlers, and there is nothing to give up', async () => {
  const reasons: string[] = []
  const bug = new Error('bug')
  const first = await subscribe(1, { onRevoked: (reason) => reasons.push(reason) })
  await subscribe(2, {
    onRevoked: () => {
      throw bug
    },
  })
  await router.got()
  router.send(
    [TYPE.UNSUBSCRIBED, 0, { subscription: 5, reason: 'app.no' }],
    [TYPE.UNSUBSCRIBED, 0, { subscription: 6 }],
  )
  event({})
  await router.got()
  await first.unsubscribe()
  expect(await router.got()).toEqual([])
  expect([reasons, errors, got]).toEqual([['app.no'], [bug], []])
})
