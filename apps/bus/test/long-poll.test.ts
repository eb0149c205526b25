import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { type Serializer, serializerOf } from '@sluice/wamp'
import { Talker } from '@sluice/wamp/testing'
import { describe, expect, test } from 'vitest'
import { type BusConfig, startListeners } from '../src/index.ts'
import { PATIENT, openLab } from './lab.ts'
import { openLongPollPeer, post } from './peers/long-poll.ts'

const JSON_LANGUAGE = serializerOf('wamp.2.json') as Serializer
const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'
const MIB = 2 ** 20

/** The bus with a listener for HTTP. */
async function openHttp(config: Partial<BusConfig> = {}) {
  const lab = await openLab({ pollMs: 300, ...config })
  const listeners = await startListeners([{ type: 'websocket', host: '127.0.0.1', port: 0 }], lab.bus)
  const { port } = listeners.addresses[0] as { port: number }
  const url = `http://127.0.0.1:${port}/wamp`
  const opened: string[] = []
  return {
    lab,
    port,
    url,
    /** Address of a new transport. */
    async open(protocol = 'wamp.2.json'): Promise<string> {
      const answer = await post(`${url}/open`, JSON.stringify({ protocols: [protocol] }))
      const base = `${url}/${((await answer.json()) as { transport: string }).transport}`
      opened.push(base)
      return base
    },
    async [Symbol.asyncDispose]() {
      for (const base of opened) await post(`${base}/close`, '')
      await lab[Symbol.asyncDispose]()
      await listeners[Symbol.asyncDispose]()
    },
  }
}

describe('open', () => {
  test('names the protocol by our preference, and an id that nobody guesses', async () => {
    await using http = await openHttp()
    const answer = await post(`${http.url}/open`, '{"protocols":["wamp.2.cbor.batched","x",1,"wamp.2.json"]}')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({ protocol: 'wamp.2.json', transport: expect.stringMatching(/^[\w-]{32}$/) })
  })

  test.each([
    { name: 'no body', body: '', status: 400 },
    { name: 'no JSON', body: '{', status: 400 },
    { name: 'null', body: 'null', status: 400 },
    { name: 'no protocols', body: '{}', status: 400 },
    { name: 'protocols that are none', body: '{"protocols":"wamp.2.json"}', status: 400 },
    { name: 'none that is served', body: '{"protocols":["wamp.2.ubjson"]}', status: 400 },
    { name: 'a long body', body: `{"protocols":["wamp.2.json"],"x":"${'x'.repeat(5000)}"}`, status: 413 },
  ])('$name: $status', async ({ body, status }) => {
    await using http = await openHttp()
    expect((await post(`${http.url}/open`, body)).status).toBe(status)
    expect(http.lab.bus.metrics().connections).toBe(0)
  })

  test.each([
    { name: 'a transport that does not exist', path: `/${'x'.repeat(32)}/receive`, status: 404 },
    { name: 'an id that is none', path: '/__proto__/receive', status: 404 },
    { name: 'another verb', path: `/${'x'.repeat(32)}/delete`, status: 404 },
    { name: 'nothing', path: '/', status: 404 },
  ])('$name: $status', async ({ path, status }) => {
    await using http = await openHttp()
    expect((await post(`${http.url}${path}`, '')).status).toBe(status)
  })

  test('only POST', async () => {
    await using http = await openHttp()
    const answer = await fetch(`${http.url}/open`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('pages of other sites', () => {
  const origin = 'https://app.example'

  test('are refused, and taken where they are allowed, with a preflight', async () => {
    await using http = await openHttp({ allowedOrigins: [origin] })
    const foreign = await post(`${http.url}/open`, '{"protocols":["wamp.2.json"]}', { origin: 'https://evil.example' })
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null])
    const preflight = await fetch(`${http.url}/open`, { method: 'OPTIONS', headers: { origin } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
    const own = await post(`${http.url}/open`, '{"protocols":["wamp.2.json"]}', { origin })
    expect([own.status, own.headers.get('access-control-allow-origin'), own.headers.get('vary')]).toEqual([
      200,
      origin,
      'origin',
    ])
  })
})

describe('receive', () => {
  test('is held, and answered 204 when there is nothing', async () => {
    await using http = await openHttp()
    const base = await http.open()
    const began = Date.now()
    const answer = await post(`${base}/receive`, '')
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(Date.now() - began).toBeGreaterThan(250)
  })

  test('of two at once the older gets nothing', async () => {
    await using http = await openHttp({ pollMs: 20_000 })
    const base = await http.open()
    const older = post(`${base}/receive`, '')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const newer = post(`${base}/receive`, '')
    expect((await older).status).toBe(204)
    await post(`${base}/send`, HELLO)
    expect(await (await newer).text()).toMatch(/^\[2,/)
  })

  test('gives one message, of a batched protocol all there are', async () => {
    await using http = await openHttp()
    const calls = [1, 2, 3].map((id) => `[48,${id},{},"nobody.there"]`)
    const single = await http.open()
    await post(`${single}/send`, HELLO)
    for (const call of calls) await post(`${single}/send`, call)
    const texts: string[] = []
    for (let n = 0; n < 4; n += 1) texts.push((await (await post(`${single}/receive`, '')).text()).slice(0, 7))
    expect(texts).toEqual([expect.stringMatching(/^\[2,/), '[8,48,1', '[8,48,2', '[8,48,3'])

    const batched = await http.open('wamp.2.json.batched')
    await post(`${batched}/send`, [HELLO, ...calls].map((text) => `${text}\u0018`).join(''))
    const batch = await (await post(`${batched}/receive`, '')).text()
    expect(batch.split('\u0018').map((text) => text.slice(0, 2))).toEqual(['[2', '[8', '[8', '[8', ''])
  })

  test('a client that vanishes with messages on the way loses the session', async () => {
    await using http = await openHttp({ pollMs: 20_000 })
    const base = await http.open()
    const peer = connect(http.port, '127.0.0.1')
    peer.write(`POST ${new URL(base).pathname}/receive HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
    peer.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    peer.resetAndDestroy()
    // a poll that was empty may come again
    await post(`${base}/send`, HELLO)
    expect(await (await post(`${base}/receive`, '')).text()).toMatch(/^\[2,/)
  })
})

describe('send', () => {
  test('is taken in the order in which requests began, however slow the first', async () => {
    await using http = await openHttp()
    const base = await http.open()
    await post(`${base}/send`, HELLO)
    await post(`${base}/receive`, '')
    const first = '[48,1,{},"nobody.there"]'
    const slow = request(`${base}/send`, { method: 'POST', headers: { 'content-length': first.length } })
    slow.write(first.slice(0, 5))
    await once(slow, 'socket')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const second = post(`${base}/send`, '[48,2,{},"nobody.there"]')
    await new Promise((resolve) => setTimeout(resolve, 50))
    slow.end(first.slice(5))
    expect((await second).status).toBe(204)
    expect(await (await post(`${base}/receive`, '')).text()).toMatch(/^\[8,48,1,/)
    expect(await (await post(`${base}/receive`, '')).text()).toMatch(/^\[8,48,2,/)
  })

  test('of more than 1 MiB: 413, and the session lives on', async () => {
    await using http = await openHttp()
    const peer = await openLongPollPeer(http.url, JSON_LANGUAGE)
    await new Talker(peer).join()
    const base = await http.open()
    const answer = await post(`${base}/send`, 'x'.repeat(MIB + 1)).catch(() => null)
    expect([413, undefined]).toContain(answer?.status)
    expect(http.lab.bus.metrics().connections).toBe(2)
    peer.close()
  })

  test('that is no message aborts the session; what was said is fetched, then the transport is gone', async () => {
    await using http = await openHttp()
    const base = await http.open()
    await post(`${base}/send`, Buffer.from([0xff]))
    expect(await (await post(`${base}/receive`, '')).text()).toContain('wamp.error.protocol_violation')
    expect((await post(`${base}/receive`, '')).status).toBe(404)
    expect(http.lab.bus.metrics().connections).toBe(0)
  })
})

describe('the end', () => {
  test('close ends the session, and the poll that is held', async () => {
    await using http = await openHttp({ pollMs: 20_000 })
    const base = await http.open()
    await post(`${base}/send`, HELLO)
    await post(`${base}/receive`, '')
    const held = post(`${base}/receive`, '')
    expect(http.lab.bus.sessions()).toBe(1)
    expect((await post(`${base}/close`, '')).status).toBe(204)
    expect((await held).status).toBe(204)
    expect(http.lab.bus.metrics()).toMatchObject({ sessions: 0, connections: 0 })
  })

  test('who does not poll is forgotten, who does is not', async () => {
    await using http = await openHttp({ pollIdleMs: 400 })
    const peer = await openLongPollPeer(http.url, JSON_LANGUAGE)
    const talker = new Talker(peer)
    await talker.join()
    await http.open()
    expect(http.lab.bus.metrics().connections).toBe(2)
    await expect.poll(() => http.lab.bus.metrics().connections, PATIENT).toBe(1)
    await talker.expectSilence()
    peer.close()
  })

  test('drain says GOODBYE and closes', async () => {
    const http = await openHttp()
    const peer = await openLongPollPeer(http.url, JSON_LANGUAGE)
    const talker = new Talker(peer)
    await talker.join()
    const drained = http.lab.bus.drain()
    expect(await talker.next()).toEqual([6, {}, 'wamp.close.system_shutdown'])
    talker.send('[6,{},"wamp.close.goodbye_and_out"]')
    await peer.closed
    await drained
    expect((await post(`${http.url}/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(503)
    await http[Symbol.asyncDispose]()
  })
})

test('a subscriber that does not poll loses events, counted, and nothing else', async () => {
  await using http = await openHttp({ pollIdleMs: 20_000 })
  const base = await http.open()
  await post(`${base}/send`, '[1,"realm1",{"roles":{"subscriber":{}}}]')
  await post(`${base}/send`, '[32,1,{},"flood.poll"]')
  for (let n = 0; n < 2; n += 1) await post(`${base}/receive`, '')
  const publisher = await openLongPollPeer(http.url, JSON_LANGUAGE)
  const talker = new Talker(publisher)
  await talker.join()
  const kilobytes = 'x'.repeat(100 * 1024)
  for (let n = 1; n <= 30; n += 1)
    expect((await talker.ask((id) => `[16,${id},{"acknowledge":true},"flood.poll",["${kilobytes}"]]`))[0]).toBe(17)
  expect(http.lab.bus.metrics().eventsDropped).toBeGreaterThan(10)
  publisher.close()
})
