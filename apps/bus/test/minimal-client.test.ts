import { afterAll, describe, expect, test } from 'vitest'
import { PATIENT, openLab } from './lab.ts'
import { MinimalClient, type WireMessage } from './peers/minimal-client.ts'

const lab = await openLab()
afterAll(async () => await lab[Symbol.asyncDispose]())

describe.each([
  { ids: 'from 1000 on', first: 1000, step: 1 },
  { ids: 'in steps', first: 5, step: 17 },
  { ids: 'downwards', first: 2 ** 53, step: -1 },
])('a client written by hand, request ids $ids', (numbers) => {
  test('subscribes and publishes', async () => {
    const subscriber = await MinimalClient.join(lab.url, { role: 'subscriber', ...numbers })
    const publisher = await MinimalClient.join(lab.url, { role: 'publisher', ...numbers })
    const events: WireMessage[] = []
    subscriber.onMessage = (message) => events.push(message)
    const [type, , subscription] = await subscriber.ask(32, {}, 'sensor.1')
    expect(type).toBe(33)
    expect(await publisher.ask(16, { acknowledge: true }, 'sensor.1', [21.5])).toMatchObject({ 0: 17 })
    // unacknowledged, with an id of no use to anybody
    publisher.send(16, 99, {}, 'sensor.1', [], { t: 22 })
    publisher.send(16, 99, {}, 'sensor.1')
    await expect
      .poll(() => events.map(([kind, id, , details, ...payload]) => [kind, id, details, ...payload]), PATIENT)
      .toEqual([
        [36, subscription, {}, [21.5]],
        [36, subscription, {}, [], { t: 22 }],
        [36, subscription, {}],
      ])
    expect(await subscriber.ask(34, subscription)).toMatchObject({ 0: 35 })
    await Promise.all([subscriber.leave(), publisher.leave()])
  })

  test('registers and calls', async () => {
    const callee = await MinimalClient.join(lab.url, { role: 'callee', ...numbers })
    const caller = await MinimalClient.join(lab.url, { role: 'caller', ...numbers })
    const requests: unknown[] = []
    callee.onMessage = ([type, request, , , args]) => {
      if (type !== 68) return
      requests.push(request)
      if (args === undefined) callee.send(8, 68, request, {}, 'app.error.no_argument')
      else callee.send(70, request, {}, args)
    }
    const [, , registration] = await callee.ask(64, {}, 'switch.1')
    const [type, , details, args] = await caller.ask(48, {}, 'switch.1', ['on'])
    expect([type, details, args]).toEqual([50, {}, ['on']])
    expect((await caller.ask(48, {}, 'switch.1')).slice(3)).toEqual([{}, 'app.error.no_argument'])
    // the router's own ids count from 1, for each callee
    expect(requests).toEqual([1, 2])
    expect(await callee.ask(66, registration)).toMatchObject({ 0: 67 })
    expect((await caller.ask(48, {}, 'switch.1'))[4]).toBe('wamp.error.no_such_procedure')
    await Promise.all([callee.leave(), caller.leave()])
  })
})

test('it may drop the connection without a word, and its subscriptions go with it', async () => {
  const client = await MinimalClient.join(lab.url)
  await client.ask(32, {}, 'sensor.2')
  expect(lab.bus.metrics()).toMatchObject({ sessions: 1, subscriptions: 1 })
  client.ws.terminate()
  await expect.poll(() => lab.bus.metrics(), PATIENT).toMatchObject({ sessions: 0, subscriptions: 0, connections: 0 })
})
