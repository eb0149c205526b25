import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'
import { parseEgressAllow } from '@sluice/service'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, test } from 'vitest'
import { makeHttpAction } from '../src/actions/http.ts'
import { openEgress } from '../src/egress/request.ts'
import { shipmentOf } from './shipment.ts'

// Targets are sockets that say exactly these bytes, so that a target can misbehave in any way there is.

type Heard = { connections: number; requests: string[]; closed: number }
type Target = Heard & { url: string }

const servers: Server[] = []
const egress = openEgress({ rules: { allow: parseEgressAllow('127.0.0.0/8').allow, allowsHttp: false } })
const act = makeHttpAction({ egress, version: '1.2.3', nowMs: Date.now })

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A target on loopback. @param answer called with each request, whole */
async function startTarget(answer: (socket: Socket, heard: Heard) => void): Promise<Target> {
  const heard: Heard = { connections: 0, requests: [], closed: 0 }
  const server = createServer((socket) => {
    heard.connections++
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      if (body === undefined || Buffer.byteLength(body) < length) return
      heard.requests.push(text)
      text = ''
      answer(socket, heard)
    })
    socket.on('error', () => {})
    socket.on('close', () => heard.closed++)
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return Object.assign(heard, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b` })
}

const post = (url: string, ms = 5000): ReturnType<typeof act> =>
  act(shipmentOf({ action: { kind: 'http', url, format: 'json' } }), AbortSignal.timeout(ms))

const whole = (status: string, head = '', body = ''): string =>
  `HTTP/1.1 ${status}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

test.each([
  ['200', '', { outcome: 'delivered', status: 200, error: null }],
  ['204', '', { outcome: 'delivered', status: 204 }],
  ['299', '', { outcome: 'delivered', status: 299 }],
  [
    '301',
    'location: http://127.0.0.1/\r\n',
    { outcome: 'failed', status: 301, error: expect.stringContaining('not followed') },
  ],
  ['304', '', { outcome: 'failed', status: 304 }],
  ['400', '', { outcome: 'failed', status: 400, error: 'The target answered 400', isGone: false }],
  ['410', '', { outcome: 'failed', status: 410, isGone: true }],
  ['429', 'retry-after: 7\r\n', { outcome: 'failed', status: 429, retryAfterMs: 7000 }],
  ['503', 'retry-after: 864000\r\n', { outcome: 'failed', status: 503, retryAfterMs: 86_400_000 }],
  ['503', '', { outcome: 'failed', status: 503, retryAfterMs: null }],
  ['500', 'retry-after: 7\r\n', { outcome: 'failed', status: 500, retryAfterMs: null }],
])('an answer %s %j', async (status, head, expected) => {
  const target = await startTarget((socket) => socket.end(whole(`${status} X`, head)))
  expect(await post(target.url)).toMatchObject(expected)
  expect(target.requests).toHaveLength(1)
})

test('a request is signed, and has the headers that are written down and no others', async () => {
  const target = await startTarget((socket) => socket.end(whole('200 OK')))
  const body = 'body=%7B%22a%22%3A%22%C3%A9%22%7D'
  const secrets = [
    'whsec_c2x1aWNlLXNsdWljZS1zbHVpY2Utc2x1aWNlLTMyYg==',
    'whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLTMyYg==',
  ]
  const contentType = 'application/x-www-form-urlencoded'
  const action = { kind: 'http', url: target.url, format: 'form' } as const
  const shipment = shipmentOf({ action, body, secrets, contentType })
  const { requestHeaders } = await act(shipment, AbortSignal.timeout(5000))
  const [head = '', sent] = target.requests[0]?.split('\r\n\r\n') ?? []
  const [line, ...rest] = head.split('\r\n')
  const headers = Object.fromEntries(rest.map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]))
  expect([line, sent]).toEqual(['POST /hook?a=b HTTP/1.1', body])
  expect(
    Object.keys(headers)
      .map((name) => name.toLowerCase())
      .toSorted(),
  ).toEqual([...Object.keys(requestHeaders), 'connection', 'content-length', 'host', 'webhook-signature'].toSorted())
  expect(headers).toMatchObject({ ...requestHeaders, 'webhook-id': shipment.id, 'user-agent': 'Sluice/1.2.3' })
  expect(Object.keys(requestHeaders)).not.toContain('webhook-signature')
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(5)
  const verify = (secret: string): unknown => new Webhook(secret).verify(JSON.stringify(body), headers)
  // the reference library parses what it verified: a form is no JSON, but the signature is right
  for (const secret of secrets) {
    const webhook = new Webhook(secret)
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    expect(headers['webhook-signature']?.split(' ')).toContain(webhook.sign(shipment.id, at, body))
  }
  expect(() => verify('whsec_c2x1aWNlLXNsdWljZS1zbHVpY2Utc2x1aWNlLTMyYg==')).toThrow('No matching signature')
})

test('the reference library accepts a JSON delivery', async () => {
  const target = await startTarget((socket) => socket.end(whole('200 OK')))
  const shipment = shipmentOf({ action: { kind: 'http', url: target.url, format: 'json' } })
  await act(shipment, AbortSignal.timeout(5000))
  const [head = '', sent = ''] = target.requests[0]?.split('\r\n\r\n') ?? []
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/).slice(0, 2)),
  )
  expect(new Webhook(shipment.secrets[0] ?? '').verify(sent, headers)).toEqual({ type: 'trigger.fired' })
})

test.each([
  ['no secret', { secrets: [] }, 'refused', 'no secret'],
  ['a broken secret', { secrets: ['whsec_!'] }, 'refused', 'no secret'],
  ['a broken content type', { contentType: 'a/b\r\nX-Evil: 1' }, 'failed', 'ERR_INVALID_CHAR'],
] as const)('with %s nothing is sent', async (_what, given, outcome, sentence) => {
  const target = await startTarget((socket) => socket.end(whole('200 OK')))
  const shipment = shipmentOf({ action: { kind: 'http', url: target.url, format: 'json' }, ...given })
  expect(await act(shipment, AbortSignal.timeout(5000))).toMatchObject({
    outcome,
    error: expect.stringContaining(sentence),
  })
  expect(target.connections).toBe(0)
})

test('a refusal by the rules is told and not tried', async () => {
  expect(await post('http://10.0.0.1/')).toMatchObject({
    outcome: 'refused',
    status: null,
    error: expect.stringContaining('SLUICE_EGRESS_ALLOW'),
  })
})

/** What goes wrong before the answer is complete. A socket is left as it is unless something closes it. */
const MISBEHAVIOUR: [string, (socket: Socket) => void, object][] = [
  [
    'resets at once',
    (socket) => socket.resetAndDestroy(),
    { status: null, error: expect.stringContaining('ECONNRESET') },
  ],
  [
    'closes without an answer',
    (socket) => socket.end(),
    { status: null, error: expect.stringContaining('was closed before') },
  ],
  [
    'resets in the head',
    (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy()),
    { status: null },
  ],
  [
    'closes in the body',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive!'),
    { status: 200, error: expect.stringContaining('was closed before'), responseBody: 'five!' },
  ],
  ['is no web server', (socket) => socket.end('220 mail ready\r\n'), { error: expect.stringContaining('not HTTP') }],
  [
    'has an endless head',
    (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`),
    { error: expect.stringContaining('head of the answer is too long') },
  ],
  [
    'switches protocols',
    (socket) => socket.write('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    { error: 'The target answered 101 and spoke another protocol' },
  ],
  [
    'contradicts itself',
    (socket) => socket.end(whole('200 OK', 'content-length: 3\r\n', 'abcd')),
    { outcome: 'failed' },
  ],
]
test.each(MISBEHAVIOUR)('a target that %s has failed', async (_what, misbehave, expected) => {
  const target = await startTarget(misbehave)
  expect(await post(target.url)).toMatchObject({ outcome: 'failed', retryAfterMs: null, ...expected })
  expect(target.requests).toHaveLength(1)
})

const every20Ms = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 20)
  socket.on('close', () => clearInterval(timer))
}
/** What never ends by itself. */
const ENDLESS: [string, (socket: Socket) => void, number | null][] = [
  ['hangs', () => {}, null],
  ['drips its first line', (socket) => (socket.write('HTTP/1.1 200 '), every20Ms(socket, 'O')), null],
  ['drips its headers', (socket) => (socket.write('HTTP/1.1 200 OK\r\n'), every20Ms(socket, 'a: b\r\n')), null],
  ['promises an answer again and again', (socket) => every20Ms(socket, 'HTTP/1.1 102 X\r\n\r\n'), null],
  ['drips its body', (socket) => (socket.write('HTTP/1.1 200 OK\r\n\r\n'), every20Ms(socket, 'x')), 200],
]
test.each(ENDLESS)('a target that %s is left at the deadline', async (_what, misbehave, status) => {
  const target = await startTarget((socket) => misbehave(socket))
  const startedAt = performance.now()
  const result = await post(target.url, 400)
  expect(performance.now() - startedAt).toBeLessThan(1500)
  expect(result).toMatchObject({ outcome: 'failed', status, error: 'There was no complete answer in time' })
  await expect.poll(() => target.closed).toBe(1)
})

test('of a long answer 64 kB are read, and the connection is closed', async () => {
  const target = await startTarget((socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'é'.repeat(40_000)}`))
  const result = await post(target.url)
  expect(result).toMatchObject({ outcome: 'delivered', status: 200, responseBody: 'é'.repeat(1024) })
  await expect.poll(() => target.closed).toBe(1)
})

test.each([
  ['0123456789'.repeat(200), '0123456789'.repeat(103).slice(0, 1024)],
  [`${'x'.repeat(1023)}😀`, 'x'.repeat(1023)],
  [`${'x'.repeat(1022)}😀y`, `${'x'.repeat(1022)}😀`],
  ['a\u0000b', 'a\uFFFDb'],
])('what is kept of an answer is text of at most 1,024 characters', async (body, kept) => {
  const target = await startTarget((socket) => socket.end(whole('200 OK', '', body)))
  expect((await post(target.url)).responseBody).toBe(kept)
})

test('of the answer’s head the log keeps some, and no cookies', async () => {
  const many = Array.from({ length: 60 }, (_, index) => `x-${index}: ${'y'.repeat(200)}\r\n`).join('')
  const head = `set-cookie: a=secret\r\nset-cookie: b=secret\r\nserver: ${'z'.repeat(500)}\r\n${many}`
  const target = await startTarget((socket) => socket.end(whole('200 OK', head)))
  const { responseHeaders } = await post(target.url)
  expect(responseHeaders['server']).toBe('z'.repeat(256))
  expect(Object.keys(responseHeaders)).toHaveLength(32)
  expect(JSON.stringify(responseHeaders)).not.toContain('secret')
})

test('connections are kept for the same host, and for no other', async () => {
  const target = await startTarget((socket) => socket.write(whole('200 OK')))
  const { port } = new URL(target.url)
  for (const host of ['127.0.0.1', '127.0.0.1', 'localhost', '127.0.0.1', 'localhost']) {
    expect((await post(`http://${host}:${port}/`)).outcome).toBe('delivered')
  }
  expect([target.connections, target.requests.length]).toEqual([2, 5])
  await expect.poll(() => target.closed, { timeout: 4000 }).toBe(2)
})

test('a kept connection that the target closed meanwhile is no failure', async () => {
  const target = await startTarget((socket, heard) => {
    if (heard.requests.length === 2) socket.resetAndDestroy()
    else socket.write(whole('200 OK'))
  })
  expect((await post(target.url)).outcome).toBe('delivered')
  expect((await post(target.url)).outcome).toBe('delivered')
  expect([target.connections, target.requests.length]).toEqual([2, 3])
})

test('nobody listens', async () => {
  const target = await startTarget(() => {})
  servers.splice(0).forEach((server) => server.close())
  expect(await post(target.url)).toMatchObject({
    outcome: 'failed',
    error: 'The connection was refused (ECONNREFUSED)',
  })
})
