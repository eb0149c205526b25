import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { serve } from './serve.ts'
import type { ServeOptions, Served } from './serve.ts'
import { dialTcp, dialWebSocket } from './socket-clients.ts'
import type { Client } from './socket-clients.ts'

const scope: (Client | Duplex)[] = []
afterEach(() => {
  for (const client of scope.splice(0)) {
    if ('messages' in client) client.end()
    else client.destroy()
  }
})

type Place = Served & { keyed: { headers: Record<string, string> }; feed: number }

/** An api with a feed whose documents are as long as documents get. */
async function place(options: ServeOptions = {}): Promise<Place> {
  const served = await serve({ ...options, env: { SOCKET_PORT: '0', ...options.env } })
  const headers = { 'X-ApiKey': served.first.apiKey }
  const datastreams = Array.from({ length: 1000 }, (_, index) => ({
    id: `d${index}`,
    tags: `t${index}${'x'.repeat(240)}`,
  }))
  const body = JSON.stringify({ title: 'Big', datastreams })
  const made = await fetch(`${served.api.url}/v2/feeds`, { method: 'POST', headers, body })
  return Object.assign(served, { keyed: { headers }, feed: Number(made.headers.get('location')?.split('/').at(-1)) })
}
const tcp = async ({ api }: Served): ReturnType<typeof dialTcp> => {
  const client = await dialTcp(api.sockets.url)
  scope.push(client)
  return client
}
const webSocket = async ({ api }: Served, options = {}): ReturnType<typeof dialWebSocket> => {
  const client = await dialWebSocket(api.url, options)
  scope.push(client)
  return client
}
async function counted({ api }: Served, name: string): Promise<number> {
  const metrics = await (await fetch(`${api.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1])
}

/** A WebSocket without a library: what it says of itself, and the code it is closed with (0 where it just ends). */
async function raw({ api }: Served): Promise<{ socket: Duplex; head: Record<string, unknown>; code: Promise<number> }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: 'https://elsewhere.example',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
  }
  const asked = request(api.url, { headers })
  asked.end()
  const [response, socket] = (await once(asked, 'upgrade')) as [{ headers: Record<string, unknown> }, Duplex]
  scope.push(socket)
  const heard: Buffer[] = []
  socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('error', () => undefined)
  const code = once(socket, 'close').then(() => {
    const bytes = Buffer.concat(heard)
    const close = bytes.lastIndexOf(Buffer.of(0x88, 2))
    return close < 0 ? 0 : bytes.readUInt16BE(close + 2)
  })
  return { socket, head: response.headers, code }
}
/** A masked frame (with zeros); lengths up to 125. */
const frame = (first: number, payload: Buffer | string = ''): Buffer =>
  Buffer.concat([Buffer.of(first, 0x80 | payload.length, 0, 0, 0, 0), Buffer.from(payload)])

describe('one who does not read', () => {
  test(
    'is pushed the newest document when it reads again; what it missed is counted',
    { timeout: 60_000 },
    async () => {
      await using at = await place()
      const slow = await webSocket(at)
      slow.send({ method: 'subscribe', resource: `/feeds/${at.feed}`, ...at.keyed, token: 'slow' })
      await slow.next()
      slow.webSocket.pause()
      const writer = await tcp(at)
      let value = 0
      const resource = `/feeds/${at.feed}/datastreams/d0`
      while ((await counted(at, 'socket_pushes_skipped_total')) < 5) {
        for (let count = 0; count < 20; count++)
          writer.send({ method: 'put', resource, ...at.keyed, body: { current_value: ++value } })
        await expect.poll(() => writer.texts.length).toBe(value)
      }
      slow.webSocket.resume()
      const values = (): number[] =>
        slow
          .messages()
          .slice(1)
          .map(({ body }) =>
            Number((body as { datastreams: { current_value: string }[] }).datastreams[0]?.current_value),
          )
      await expect.poll(() => values().at(-1), { timeout: 20_000 }).toBe(value)
      expect(values()).toEqual(values().toSorted((a, b) => a - b))
      expect(slow.texts.length - 1 + (await counted(at, 'socket_pushes_skipped_total'))).toBe(value)
      writer.send({ method: 'put', resource, ...at.keyed, body: { current_value: ++value } })
      await expect.poll(() => values().at(-1)).toBe(value)
    },
  )

  test('and takes nothing for the time that it has is closed with 1013', { timeout: 60_000 }, async () => {
    await using at = await place({ sockets: { times: { stuckMs: 500, closeMs: 10_000 } } })
    const slow = await webSocket(at)
    for (let count = 0; count < 64; count++) slow.send({ method: 'get', resource: `/feeds/${at.feed}`, ...at.keyed })
    slow.webSocket.pause()
    await expect.poll(() => counted(at, 'socket_overruns_total'), { timeout: 20_000 }).toBe(1)
    // it has as long for the code as closing may take, not as long as for taking something
    await pause(1500)
    slow.webSocket.resume()
    expect(await slow.closed).toBe(1013)
  })

  test('and has more than 4 MiB waiting for it is closed at once', { timeout: 60_000 }, async () => {
    await using at = await place({ sockets: { times: { stuckMs: 600_000, closeMs: 500 } } })
    const slow = await tcp(at)
    slow.socket.pause()
    for (let count = 0; count < 500; count++) slow.send({ method: 'get', resource: `/feeds/${at.feed}`, ...at.keyed })
    await expect.poll(() => counted(at, 'socket_overruns_total'), { timeout: 20_000 }).toBe(1)
    slow.socket.resume()
    await slow.closed
    expect(slow.texts.length).toBeLessThan(500)
    expect(await counted(at, 'socket_connections')).toBe(0)
  })
})

test('over TCP, who says nothing and who says it too slowly is closed; who has said something may be silent', async () => {
  const timeouts = { headMs: 400, requestMs: 800, keepAliveMs: 1000, checkMs: 100 }
  await using at = await place({ timeouts, sockets: { limits: { tickMs: 50 } } })
  const [silent, slow, late, quiet] = await Promise.all([tcp(at), tcp(at), tcp(at), tcp(at)])
  const drip = setInterval(() => slow.send(' '), 20)
  slow.send('{')
  quiet.send({ method: 'get', resource: '/feeds', ...at.keyed })
  late.send({ method: 'get', resource: '/feeds', ...at.keyed })
  await Promise.all([quiet.next(), late.next()])
  late.send('{"method":"get"')
  expect(await Promise.all([silent.closed, slow.closed, late.closed])).toEqual([1000, 1000, 1000])
  clearInterval(drip)
  const says = { body: 'Syntax Error: a message must be complete within 0.4 s', status: 400 }
  expect([silent.messages(), slow.messages(), late.messages().slice(1)]).toEqual([[], [says], [says]])
  quiet.send({ method: 'get', resource: '/feeds', ...at.keyed })
  expect(await quiet.next()).toMatchObject({ status: 200 })
})

test('a message of more than 64 KiB ends the connection, after what came before is answered', async () => {
  await using at = await place()
  const [plain, framed] = [await tcp(at), await webSocket(at)]
  const message = {
    method: 'put',
    resource: `/feeds/${at.feed}`,
    ...at.keyed,
    body: { description: 'x'.repeat(65_536) },
  }
  plain.send({ method: 'get', resource: '/feeds', ...at.keyed, token: 1 })
  for (const client of [plain, framed]) client.send(message)
  expect([await plain.closed, await framed.closed]).toEqual([1000, 1009])
  expect(plain.messages()).toMatchObject([
    { token: 1, status: 200 },
    { body: 'Syntax Error: a message has more than 64 KiB', status: 400 },
  ])
})

describe('what ends a WebSocket', () => {
  let at: Served
  beforeAll(async () => {
    at = await serve()
  })
  afterAll(() => at[Symbol.asyncDispose]())

  test.each([
    { what: 'a frame without a mask', bytes: [Buffer.of(0x81, 0)], code: 1002 },
    { what: 'an opcode that is none', bytes: [frame(0x83)], code: 1002 },
    { what: 'a compressed frame', bytes: [frame(0xc1, 'x')], code: 1002 },
    { what: 'a close code that is none', bytes: [frame(0x88, Buffer.of(0, 5))], code: 1002 },
    { what: 'text that is not UTF-8', bytes: [frame(0x81, Buffer.of(0xff))], code: 1007 },
    { what: 'a frame that says it is long', bytes: [Buffer.of(0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0)], code: 1009 },
    {
      what: 'a message of 300 fragments',
      bytes: [frame(0x01), ...Array.from({ length: 300 }, () => frame(0x00))],
      code: 1008,
    },
    { what: 'the end in order', bytes: [frame(0x88, Buffer.of(0x03, 0xe8))], code: 1000 },
  ])('$what is closed with $code', async ({ bytes, code }) => {
    const { socket, head, code: closed } = await raw(at)
    expect(head).not.toHaveProperty('sec-websocket-extensions')
    for (const one of bytes) socket.write(one)
    expect(await closed).toBe(code)
  })
})

test('a WebSocket that answers no ping is cut off, one that does is not', async () => {
  await using at = await place({ sockets: { times: { pingMs: 200 }, limits: { tickMs: 20 } } })
  const alive = await webSocket(at)
  let pings = 0
  alive.webSocket.on('ping', () => pings++)
  const dead = await raw(at)
  expect(await dead.code).toBe(0)
  await expect.poll(() => pings).toBeGreaterThan(3)
  alive.send({ method: 'get', resource: '/feeds', ...at.keyed })
  expect(await alive.next()).toMatchObject({ status: 200 })
})

test('more connections than there may be are told so', async () => {
  await using at = await place({ sockets: { limits: { connectionsMax: 2 } } })
  const [first] = [await tcp(at), await webSocket(at)]
  const third = await tcp(at)
  expect(await third.closed).toBe(1000)
  expect(third.messages()).toEqual([{ body: 'Service unavailable: There are too many connections', status: 503 }])
  const refused = request(at.api.url, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  })
  refused.end()
  const [answer] = (await once(refused, 'response')) as [{ statusCode: number }]
  expect(answer.statusCode).toBe(503)
  first.end()
  await expect.poll(() => counted(at, 'socket_connections')).toBe(1)
  const fourth = await tcp(at)
  fourth.send({ method: 'get', resource: '/feeds', ...at.keyed })
  expect(await fourth.next()).toMatchObject({ status: 200 })
})

test.each(['tcp', 'WebSocket'] as const)(
  'a drain over %s answers what was stored, and stores nothing without an answer',
  async (kind) => {
    await using at = await place()
    const client = kind === 'tcp' ? await tcp(at) : await webSocket(at)
    const resource = `/feeds/${at.feed}/datastreams/d1`
    for (let value = 0; value < 300; value++)
      client.send({ method: 'put', resource, ...at.keyed, body: { current_value: value }, token: String(value) })
    await expect.poll(() => client.texts.length).toBeGreaterThan(0)
    await at.api.drain()
    expect(await client.closed).toBe(kind === 'tcp' ? 1000 : 1001)
    const { rows } = await at.db.pool.query<{ value: string }>('select value from datapoint order by at')
    expect(client.messages().every(({ status }) => status === 200)).toBe(true)
    expect(rows.map(({ value }) => value)).toEqual(client.messages().map(({ token }) => token))
    await expect(tcp(at)).rejects.toThrow('ECONNREFUSED')
  },
)
