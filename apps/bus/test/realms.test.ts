import { type CloseReason, ERROR, WampError, join, openWebSocket, ticketAuth } from '@sluice/wamp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PATIENT, type Lab, openLab, openRaw, testKey } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab({}, async ({ session }) => {
    await session.register('sluice.feed.get', (args, _kwargs, { caller }) => ({ args, caller }))
  })
  lab.directory.keys.set('slc_full', testKey())
  lab.directory.keys.set('slc_read', testKey({ keyId: 8, permissions: [{ accessMethods: ['get'] }] }))
})
afterEach(async () => await lab[Symbol.asyncDispose]())

const timers = globalThis

async function enter(ticket: string, authid?: string, realm = 'acme'): ReturnType<typeof join> {
  return await join(await openWebSocket(lab.url), { realm, timers, auth: ticketAuth(ticket, authid) })
}

/** The frames of an attempt to join, up to the end of the connection. */
async function attempt(realm: string, details: string, ticket?: string): Promise<string[]> {
  const raw = await openRaw(lab.url)
  raw.send(`[1,"${realm}",{"roles":{"subscriber":{}}${details}}]`)
  const frames = [await raw.nextText()]
  if (ticket !== undefined) {
    raw.send(`[5,"${ticket}",{}]`)
    frames.push(await raw.nextText())
  }
  frames.push(String((await raw.closed).code))
  return frames
}

describe('account realms', () => {
  test.each([
    { name: 'the id of the key', authid: '7' },
    { name: 'no authid', authid: undefined },
    { name: 'any other authid', authid: 'my-device' },
    { name: 'the authid of browsers', authid: 'session' },
  ])('an API key joins with $name', async ({ authid }) => {
    const session = await enter('slc_full', authid)
    expect(session.details).toMatchObject({ authid: '7', authrole: 'key', authmethod: 'ticket' })
    await session.leave()
  })

  test('a ticket of a signed-in browser joins once', async () => {
    lab.directory.tickets.add('once')
    const session = await enter('once', 'session')
    expect(session.details).toMatchObject({ authid: 'acme', authrole: 'owner' })
    await expect(enter('once', 'session')).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
    await session.leave()
  })

  test('a wrong key, an unknown account and a ticket too long get the same answers', async () => {
    const method = ',"authmethods":["ticket"],"authid":"7"'
    const wrongKey = await attempt('acme', method, 'slc_wrong')
    expect(wrongKey[1]).toContain(ERROR.authenticationFailed)
    expect(await attempt('nobody', method, 'slc_full')).toEqual(wrongKey)
    expect(await attempt('acme', method, 'x'.repeat(300))).toEqual(wrongKey)
    expect(await attempt('acme', method, '')).toEqual(wrongKey)
    expect(lab.realms).toHaveLength(0)
  })

  test('anonymous sessions cannot join, and do not learn whether the account exists', async () => {
    const existing = await attempt('acme', '')
    expect(existing[0]).toContain(ERROR.noMatchingAuthMethod)
    expect(await attempt('nobody', '')).toEqual(existing)
    expect(await attempt('acme', ',"authmethods":["anonymous"]')).toEqual(existing)
  })

  test('the backend is there before the first client, and attached once', async () => {
    const sessions = await Promise.all([enter('slc_full'), enter('slc_full'), enter('slc_read')])
    expect(lab.realms).toHaveLength(1)
    expect(lab.realms[0]).toMatchObject({ realm: 'acme', accountId: 1 })
    for (const session of sessions) {
      const answer = await session.call('sluice.feed.get', [1977])
      const { authid, authrole } = session.details
      expect(answer.args).toEqual([{ args: [1977], caller: { session: session.id, authid, authrole } }])
    }
    expect(lab.bus.sessions()).toBe(3)
    await Promise.all(sessions.map((session) => session.leave()))
  })

  test('a realm whose backend fails refuses, and the next client tries again', async () => {
    let attempts = 0
    await using flaky = await openLab({}, () => {
      attempts += 1
      return attempts === 1 ? Promise.reject(new Error('no database')) : Promise.resolve()
    })
    flaky.directory.keys.set('slc_full', testKey())
    const open = async (): ReturnType<typeof join> =>
      await join(await openWebSocket(flaky.url), { realm: 'acme', timers, auth: ticketAuth('slc_full') })
    await expect(open()).rejects.toBeInstanceOf(WampError)
    const session = await open()
    expect(attempts).toBe(2)
    await session.leave()
  })

  test('platform events reach who may read the feed; others cannot subscribe, and nobody but the backend publishes', async () => {
    const limited = testKey({ keyId: 9, permissions: [{ accessMethods: ['get'], resources: [{ feedId: 1977 }] }] })
    lab.directory.keys.set('slc_feed', limited)
    const session = await enter('slc_feed')
    const got: unknown[] = []
    await session.subscribe('sluice.feed.1977.datapoints', (args) => got.push(args))
    for (const topic of ['sluice.feed.19.datapoints', 'sluice.device.1.status'])
      await expect(session.subscribe(topic, () => {})).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    await expect(session.subscribe('', () => {}, { match: 'prefix' })).rejects.toMatchObject({
      uri: ERROR.notAuthorized,
    })
    const full = await enter('slc_full')
    await expect(full.publishAcknowledged('sluice.feed.1977.datapoints', ['spoofed'])).rejects.toMatchObject({
      uri: ERROR.notAuthorized,
    })
    full.publish('sluice.feed.1977.datapoints', ['spoofed'])
    lab.realms[0]?.session.publish('sluice.feed.1977.datapoints', [[{ datastream: 'temp', value: '20.50' }]])
    await expect.poll(() => got, PATIENT).toEqual([[[{ datastream: 'temp', value: '20.50' }]]])
    await Promise.all([session.leave(), full.leave()])
  })

  test('signing out ends the sessions of that browser and no others', async () => {
    lab.directory.tickets.add('once')
    const [browser, device] = [await enter('once', 'session'), await enter('slc_full')]
    lab.directory.signedIn = null
    expect((await browser.closed).uri).toBe('wamp.close.killed')
    expect(lab.bus.sessions()).toBe(1)
    await device.leave()
  })

  test('the sessions of a revoked key end within five seconds, others stay', async () => {
    const revoked = await enter('slc_full')
    const other = await enter('slc_read')
    let reason: CloseReason | null = null
    void revoked.closed.then((given) => (reason = given))
    lab.directory.keys.delete('slc_full')
    await expect.poll(() => reason, { timeout: 5000 }).toMatchObject({ uri: 'wamp.close.killed' })
    expect((await other.call('sluice.feed.get')).args).toHaveLength(1)
    await other.leave()
  })
})

describe('the sandbox realm', () => {
  test('anonymous sessions exchange events and calls there, but see no platform name', async () => {
    const [one, two] = [
      await join(await openWebSocket(lab.url), { realm: 'realm1', timers }),
      await join(await openWebSocket(lab.url), { realm: 'realm1', timers }),
    ]
    const got: unknown[] = []
    await one.subscribe('test-topic', (args) => got.push(args))
    await two.publishAcknowledged('test-topic', ['hello', 1])
    await expect.poll(() => got, PATIENT).toEqual([['hello', 1]])
    await one.register('app.add', ([a, b]) => Number(a) + Number(b))
    expect((await two.call('app.add', [2, 3])).args).toEqual([5])
    for (const match of ['exact', 'prefix', 'wildcard'] as const)
      await expect(one.subscribe('sluice.feed.1977.datapoints', () => {}, { match })).rejects.toMatchObject({
        uri: ERROR.notAuthorized,
      })
    await expect(one.call('sluice.feed.get', [1977])).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    await expect(one.register('sluice.feed.get', () => 1)).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    await Promise.all([one.leave(), two.leave()])
  })

  test('a key is not taken there, and without the setting it is a realm like any unknown one', async () => {
    await expect(enter('slc_full', '7', 'realm1')).rejects.toMatchObject({ uri: ERROR.noMatchingAuthMethod })
    await using closed = await openLab({ anonymousRealm: null })
    const transport = await openWebSocket(closed.url)
    await expect(join(transport, { realm: 'realm1', timers })).rejects.toMatchObject({
      uri: ERROR.noMatchingAuthMethod,
    })
  })
})
