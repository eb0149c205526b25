import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { forward } from '../src/forward.ts'

const MESSAGE = { id: '0b9ac1a4-0000-4000-8000-000000000000', content_type: 'application/json', body: '{"ü":1}' }
const SECRET = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz'

/** A program that answers whatever it is asked in this way. */
async function openTarget(behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  let asked = ''
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      asked += chunk.toString()
      if (asked.endsWith(MESSAGE.body) || !asked.startsWith('POST')) behave(socket)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const HEAD = 'HTTP/1.1 200 OK\r\n'
test.each([
  { name: 'answers', behave: (s: Socket) => s.end(`${HEAD}content-length: 2\r\n\r\nok`), status: 200, error: null },
  { name: 'answers 204', behave: (s: Socket) => s.end('HTTP/1.1 204 \r\n\r\n'), status: 204, error: null },
  { name: 'answers 404', behave: (s: Socket) => s.end('HTTP/1.1 404 \r\n\r\n'), status: 404, error: 'not a 2xx' },
  { name: 'answers without end', behave: drip, status: 200, error: /broke off/ },
  { name: 'answers with very much', behave: flood, status: 200, error: null },
  { name: 'breaks off its answer', behave: breakOff, status: 200, error: /broke off/ },
  { name: 'says nothing', behave: () => {}, status: null, error: 'no answer within 0.5 s' },
  { name: 'hangs up', behave: (s: Socket) => s.destroy(), status: null, error: /closed without an answer/ },
  { name: 'resets', behave: (s: Socket) => s.resetAndDestroy(), status: null, error: /closed without an answer/ },
  { name: 'is no web server', behave: (s: Socket) => s.end('220 mail\r\n'), status: null, error: /not speak HTTP/ },
])('a target that $name', async ({ behave, status, error }) => {
  await using target = await openTarget(behave)
  const { signal } = new AbortController()
  const url = new URL(`http://127.0.0.1:${target.port}/hook?a=b`)
  const outcome = await forward(url, MESSAGE, { secret: SECRET, signal, timeoutMs: 500 })
  const words = error instanceof RegExp ? expect.stringMatching(error) : error
  expect(outcome).toEqual({ status, error: words, durationMs: expect.any(Number) })
  expect(outcome.durationMs).toBeLessThan(2000)
  expect(target.asked()).toMatch(/^POST \/hook\?a=b HTTP\/1\.1\r\n/)
  expect(target.asked()).toMatch(/\r\ncontent-length: 8\r\n/i)
})

function drip(socket: Socket): void {
  socket.write(`${HEAD}\r\n`)
  const timer = setInterval(() => socket.write('.'), 20)
  socket.on('close', () => clearInterval(timer))
}
function flood(socket: Socket): void {
  socket.write(`${HEAD}\r\n`)
  const pour = (): void => void (socket.writable && socket.write('x'.repeat(65_536), pour))
  pour()
}
function breakOff(socket: Socket): void {
  socket.write(`${HEAD}content-length: 100\r\n\r\nhalf`, () => socket.destroy())
}

test.each([
  { url: 'http://nothing.invalid/', error: /no such host|cannot be looked up/ },
  { url: 'http://127.0.0.1:1/', error: /^connection refused: nothing listens on 127\.0\.0\.1:1$/ },
])('$url', async ({ url, error }) => {
  const { signal } = new AbortController()
  const outcome = await forward(new URL(url), MESSAGE, { secret: SECRET, signal })
  expect(outcome).toMatchObject({ status: null, error: expect.stringMatching(error) })
})

test('https to a port that speaks http', async () => {
  await using target = await openTarget((socket) => socket.end('HTTP/1.1 400 \r\n\r\n'))
  const { signal } = new AbortController()
  const url = new URL(`https://127.0.0.1:${target.port}/`)
  expect(await forward(url, MESSAGE, { secret: SECRET, signal })).toMatchObject({
    status: null,
    error: expect.stringMatching(/use http/),
  })
})

test('the signal ends a request under way', async () => {
  const stopping = new AbortController()
  await using target = await openTarget(() => stopping.abort())
  const url = new URL(`http://127.0.0.1:${target.port}/`)
  const outcome = await forward(url, MESSAGE, { secret: SECRET, signal: stopping.signal })
  expect(outcome.status).toBeNull()
})
