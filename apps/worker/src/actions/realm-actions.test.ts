import { expect, test } from 'vitest'
import { shipmentOf } from '../../test/shipment.ts'
import { makeCallAction } from './call.ts'
import { makePublishAction } from './publish.ts'
import type { OpenSession } from './realm-session.ts'

type Said = unknown[]

/** A realm that writes down what is asked of it and answers with `result`, or fails with it. */
function realm(result: unknown = null): { said: Said; openSession: OpenSession } {
  const said: Said = []
  const answer = async (...asked: unknown[]): Promise<unknown> => {
    said.push(...asked)
    if (result instanceof Error) throw result
    return result
  }
  const openSession: OpenSession = async (accountId, login) => {
    said.push(accountId, login)
    return {
      publish: async (...asked) => void (await answer('publish', ...asked)),
      call: (...asked) => answer('call', ...asked),
    }
  }
  return { said, openSession }
}

const publish = (topic: string): ReturnType<typeof shipmentOf> => shipmentOf({ action: { kind: 'publish', topic } })
const call = (procedure: string): ReturnType<typeof shipmentOf> => shipmentOf({ action: { kind: 'call', procedure } })
const { signal } = new AbortController()
const document = { type: 'trigger.fired' }

test('an event carries the document, and its acknowledgement is awaited', async () => {
  const { said, openSession } = realm()
  const result = await makePublishAction({ openSession })(publish('home.heating'), signal)
  expect(result).toMatchObject({ outcome: 'delivered', error: null })
  expect(said).toEqual([1, 'ada', 'publish', 'home.heating', [document], {}, { acknowledge: true }])
})

test.each([
  [null, ''],
  [undefined, ''],
  ['on', '"on"'],
  [{ ok: true, big: 2n ** 60n }, '{"ok":true,"big":"1152921504606846976"}'],
  ['x'.repeat(2000), `"${'x'.repeat(1023)}`],
])('a call’s result %o is kept', async (result, kept) => {
  const { said, openSession } = realm(result)
  expect(await makeCallAction({ openSession })(call('home.heat'), signal)).toMatchObject({
    outcome: 'delivered',
    responseBody: kept,
  })
  expect(said).toEqual([1, 'ada', 'call', 'home.heat', [document], {}, { timeoutMs: 15_000 }])
})

test.each([
  [makePublishAction, publish('home.heating')],
  [makeCallAction, call('home.heat')],
])('a failure is a result', async (makeAction, shipment) => {
  const { openSession } = realm(new Error(`wamp.error.no_such_procedure: ${'x'.repeat(500)}`))
  const result = await makeAction({ openSession })(shipment, signal)
  expect(result).toMatchObject({
    outcome: 'failed',
    error: expect.stringMatching(/^wamp\.error\.no_such_procedure: x+$/),
  })
  expect(result.error).toHaveLength(300)
  const closed: OpenSession = () => Promise.reject(new Error('the realm is closed'))
  expect((await makeAction({ openSession: closed })(shipment, signal)).error).toBe('the realm is closed')
})

test.each([
  [makePublishAction, publish('home.heating')],
  [makeCallAction, call('home.heat')],
])('what never ends is left at the deadline', async (makeAction, shipment) => {
  const openSession: OpenSession = () => new Promise(() => {})
  expect(await makeAction({ openSession })(shipment, AbortSignal.timeout(20))).toMatchObject({
    outcome: 'failed',
    error: 'There was no complete answer in time',
  })
})

test.each(['sluice.feed.1.trigger', 'sluice', 'wamp.session.kill', 'wamp'])('the name %s is refused', async (name) => {
  const { said, openSession } = realm()
  expect((await makePublishAction({ openSession })(publish(name), signal)).outcome).toBe('refused')
  expect((await makeCallAction({ openSession })(call(name), signal)).outcome).toBe('refused')
  expect(said).toEqual([])
})

test('what is not JSON is refused, as is a delivery of another kind', async () => {
  const { said, openSession } = realm()
  const form = { ...publish('home.heating'), body: 'body=%7B%7D' }
  expect((await makePublishAction({ openSession })(form, signal)).outcome).toBe('refused')
  expect((await makeCallAction({ openSession })({ ...call('home.heat'), body: '{' }, signal)).outcome).toBe('refused')
  expect((await makeCallAction({ openSession })(publish('home.heating'), signal)).outcome).toBe('refused')
  expect((await makePublishAction({ openSession })(call('home.heat'), signal)).outcome).toBe('refused')
  expect(said).toEqual([])
})
