import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

const TIMEOUTS = { headMs: 400, requestMs: 1200, keepAliveMs: 5000, checkMs: 50 }

let served: Served
let feed: string

beforeAll(async () => {
  served = await serve({ timeouts: TIMEOUTS })
  const headers = { 'X-ApiKey': served.first.apiKey }
  const body = '{"title":"Old device","datastreams":[{"id":"t","current_value":"1"}]}'
  const made = await fetch(`${served.api.url}/v2/feeds`, { method: 'POST', headers, body })
  feed = new URL(made.headers.get('location') ?? '').pathname
})
afterAll(() => served[Symbol.asyncDispose]())

/** Head and body as an old client wrote them; KEY, FEED and LENGTH are filled in. */
const fill = (text: string, body = ''): string =>
  text.replaceAll('KEY', served.first.apiKey).replaceAll('FEED', feed).replaceAll('LENGTH', String(body.length)) + body
const valueNow = async (): Promise<string> => {
  const got = await fetch(`${served.api.url}${feed}`, { headers: { 'X-ApiKey': served.first.apiKey } })
  const document = (await got.json()) as { datastreams: { current_value: string }[] }
  return document.datastreams[0]?.current_value ?? ''
}
const put = (value: string): string =>
  `{ "version":"1.0.0", "datastreams" : [ { "id" : "t", "current_value" : "${value}" } ] }`

describe('heads of old clients', () => {
  test.each([
    {
      client: 'Xively4J, a blank in the name of a header',
      head: 'PUT FEED HTTP/1.1\r\nHost: api.xively.com\r\nUser Agent: Xively4J\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\n\r\n',
    },
    {
      client: 'a sketch with bare line feeds throughout',
      head: 'PUT FEED.json HTTP/1.1\nHost: api.pachube.com\nX-PachubeApiKey: KEY\nContent-Length: LENGTH\n\n',
    },
    {
      client: 'a sketch that mixes CRLF and LF',
      head: 'PUT FEED HTTP/1.1\r\nHost: api.cosm.com\nX-ApiKey: KEY\r\nContent-Length: LENGTH\n\r\n',
    },
    {
      client: 'HTTP/1.1 without Host',
      head: 'PUT FEED HTTP/1.1\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\nConnection: close\r\n\r\n',
    },
    {
      client: 'HTTP/1.0',
      head: 'PUT FEED HTTP/1.0\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\n\r\n',
    },
    {
      client: 'Arduino, two User-Agents and no content type',
      head: 'PUT FEED.json HTTP/1.1\r\nHost: api.xively.com\r\nUser-Agent: Xively-Arduino-Lib/1.0\r\nUser-Agent: Arduino/2.2.0\r\nConnection: close\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\n\r\n',
    },
    {
      client: 'JSON under text/csv',
      head: 'PUT FEED HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\nConnection: close\r\n\r\n',
    },
    {
      client: 'JSON under a content type that is none',
      head: 'PUT FEED HTTP/1.1\r\nHost: x\r\nContent-Type: ;;;\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\nConnection: close\r\n\r\n',
    },
    {
      client: 'a key in the query of an absolute address',
      head: 'PUT http://api.cosm.com/apiFEED.json?key=KEY HTTP/1.1\r\nHost: api.cosm.com\r\nContent-Length: LENGTH\r\nConnection: close\r\n\r\n',
    },
    {
      client: 'an empty line before the request',
      head: '\r\nPUT FEED HTTP/1.1\r\nHost: x\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\nConnection: close\r\n\r\n',
    },
  ])('$client', async ({ head, client }) => {
    const body = put(String(client.length))
    const answer = await served.raw(fill(head, body))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/\r\n\r\n$/)
    expect(await valueNow()).toBe(String(client.length))
  })

  test('a head and a body in many pieces', async () => {
    const body = put('77')
    const head = fill('PUT FEED HTTP/1.1\nHost: x\nX-ApiKey: KEY\nContent-Length: LENGTH\n\n', body)
    const pieces = [...head.matchAll(/[^]{1,9}/g)].flatMap(([piece]) => [piece, 1])
    expect(await served.raw(...pieces)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(await valueNow()).toBe('77')
  })

  test('a usual head in two pieces keeps its connection for a second request', async () => {
    const second = fill('GET FEED HTTP/1.1\r\nHost: x\r\nX-ApiKey: KEY\r\nConnection: close\r\n\r\n')
    const answer = await served.raw(
      fill('GET FEED HTTP/1.1\r\nHo'),
      20,
      fill('st: x\r\nX-ApiKey: KEY\r\n\r\n'),
      50,
      second,
    )
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  test.each(['/v2/nothing', '/v2/feeds/%', '/livez'])('%s leaves the connection open', async (path) => {
    const last = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    const answer = await served.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, 50, last)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(2)
  })

  test('libxively adds CRLF behind the body and goes on with the same connection', async () => {
    const body = put('5')
    const one = fill(
      'PUT FEED HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nX-ApiKey: KEY\r\nContent-Length: LENGTH\r\n\r\n',
      body,
    )
    const last = fill('GET FEED HTTP/1.1\r\nHost: x\r\nX-ApiKey: KEY\r\nConnection: close\r\n\r\n')
    expect((await served.raw(`${one}\r\n`, 50, last)).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })
})

test('an odd head carries one request: what hides behind it is never a second one', async () => {
  const body = put('8')
  const hidden = fill('DELETE FEED HTTP/1.1\r\nHost: x\r\nX-ApiKey: KEY\r\n\r\n')
  const odd = fill(
    'PUT FEED HTTP/1.1\nHost: x\nX-ApiKey: KEY\nContent-Length: LENGTH\nConnection: keep-alive\n\n',
    body,
  )
  const answer = await served.raw(odd + hidden, 30, hidden)
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(answer).toContain('Connection: close')
  expect(await valueNow()).toBe('8')
})

describe('what two readers could understand differently is refused and the connection closed', () => {
  const get = 'GET /livez HTTP/1.1\r\nHost: x\r\n'
  const post = 'POST /v2/feeds HTTP/1.1\r\nHost: x\r\n'
  test.each([
    ['two lengths', `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a"}}`],
    ['two lengths in an odd head', `POST /v2/feeds HTTP/1.1\nContent-Length: 5\nContent-Length: 6\n\n{"a"}}`],
    ['two equal lengths in an odd head', `POST /v2/feeds HTTP/1.1\nContent-Length: 2\nContent-Length: 2\n\n{}`],
    ['a list of lengths', `${post}Content-Length: 2, 2\r\n\r\n{}`],
    ['length and transfer coding', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['transfer coding in an odd head', `POST /v2/feeds HTTP/1.1\nTransfer-Encoding: chunked\n\n0\r\n\r\n`],
    ['transfer coding identity', `${post}Transfer-Encoding: identity\r\n\r\n`],
    ['transfer coding twice', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['an unknown transfer coding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a blank before the colon', `${post}Content-Length : 2\r\n\r\n{}`],
    ['a blank before the colon of a transfer coding', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${get}X-A: b\r\n c\r\n\r\n`],
    ['a folded header in an odd head', 'GET /livez HTTP/1.1\nX-A: b\n c\n\n'],
    ['a header without a name', `${get}: x\r\n\r\n`],
    ['a header without a colon in an odd head', 'GET /livez HTTP/1.1\nnonsense\n\n'],
    ['NUL in a value', `${get}X-A: b\0c\r\n\r\n`],
    ['NUL in a value of an odd head', 'GET /livez HTTP/1.1\nX-A: b\0c\n\n'],
    ['a lone carriage return', `${get}X-A: b\rX-B: c\r\n\r\n`],
    ['a lone carriage return in an odd head', 'GET /livez HTTP/1.1\nX-A: b\rContent-Length: 3\n\nabc'],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`],
    ['a length with a sign', `${post}Content-Length: +2\r\n\r\n{}`],
    ['a hexadecimal length in an odd head', 'POST /v2/feeds HTTP/1.1\nContent-Length: 0x2\n\n{}'],
    ['a length beyond a number', `${post}Content-Length: 99999999999999999999\r\n\r\n`],
    ['a bare LF behind a chunk size', `${post}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n`],
    ['a chunk size that is none', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk longer than it says', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`],
    ['a blank in the target', 'GET /li vez HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a blank in the target of an odd head', 'GET /li vez HTTP/1.1\nHost: x\n\n'],
    ['a method of other characters', 'G@T /livez HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['HTTP/3.1', 'GET /livez HTTP/3.1\r\nHost: x\r\n\r\n'],
    ['HTTP/0.9 in an odd head', 'GET /livez\n\n'],
    ['the first bytes of TLS', Buffer.from('160301020001000001fc0303', 'hex').toString('latin1') + '\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    // a second request behind it must not be answered either
    const answer = await served.raw(Buffer.from(bytes, 'latin1'), 30, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(answer).toContain('Connection: close')
  })

  test('bytes of a WAMP RawSocket are no HTTP', async () => {
    expect(await served.raw(Buffer.from([0x7f, 0xf1, 0, 0]))).toBe('')
  })

  test('what else is spoken on the port is handed over whole', async () => {
    await using shared = await serve({
      entrance: {
        handleUpgrade: () => false,
        handleRequest(request, response) {
          if (!request.url?.startsWith('/wamp/')) return false
          response.end('poll')
          return true
        },
        handleRawSocket: (socket, first) => void socket.end(`raw ${first.toString('hex')}`),
      },
    })
    expect(await shared.raw(Buffer.from([0x7f, 0xf1, 0, 0]))).toBe('raw 7ff10000')
    expect(await shared.raw('POST /wamp/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/poll$/)
    expect(await shared.raw('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain('200 OK')
  })

  test('draining ends what was handed over', async () => {
    const handed: Duplex[] = []
    const shared = await serve({
      entrance: {
        handleUpgrade: (_request, socket) => handed.push(socket) > 0,
        handleRawSocket: (socket) => void handed.push(socket),
        async drain() {
          for (const socket of handed) socket.destroy()
        },
      },
    })
    const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    const talks = [shared.raw(upgrade), shared.raw(Buffer.from([0x7f]))]
    await expect.poll(() => handed.length).toBe(2)
    await shared[Symbol.asyncDispose]()
    expect(await Promise.all(talks)).toEqual(['', ''])
  })
})

describe('limits', () => {
  const head = 'GET /v2/feeds HTTP/1.1\r\nHost: x\r\n'
  test.each([
    ['a header of 20 kB', `${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a header of 20 kB in an odd head', `GET /livez HTTP/1.1\nX-A: ${'a'.repeat(20_000)}\n\n`, 431],
    ['a head of 20 kB without an end', `${head}X-A: ${'a'.repeat(20_000)}`, 431],
    ['101 headers', `${head}${'X-A: 1\r\n'.repeat(100)}\r\n`, 431],
    ['a query of 5 kB', `GET /v2/feeds?q=${'a'.repeat(5000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
  ])('%s: %s', async (_what, bytes, status) => {
    expect(await served.raw(bytes, 100, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    )
  })

  test.each([
    ['nothing at all', [] as string[], ''],
    ['half a head', ['GET /livez HTTP/1.1\r\nHos'], '408'],
    ['half an odd head', ['GET /livez HTTP/1.1\nHos'], '408'],
    ['half a body', ['POST /v2/feeds HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{'], '408'],
    ['half a body behind an odd head', ['POST /v2/feeds HTTP/1.1\nContent-Length: 10\n\n{'], '408'],
    ['a second head that stops', ['GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /li'], '408'],
  ])('%s is cut off in time', async (_what, pieces, status) => {
    const before = performance.now()
    const answer = await served.raw(...pieces)
    expect(performance.now() - before).toBeLessThan(TIMEOUTS.requestMs + 800)
    expect(answer).toContain(status === '' ? '' : `HTTP/1.1 ${status}`)
  })

  test('a body that drips is cut off, however often it moves', async () => {
    const before = performance.now()
    const drip = Array.from({ length: 40 }, () => ['a', 50]).flat()
    const answer = await served.raw('POST /v2/feeds HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n', ...drip)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - before).toBeLessThan(TIMEOUTS.requestMs + 1500)
  })
})

test.each(['G', 'GET / HTTP/1.1\n', 'PUT /v2/feeds/1 HTTP/1.1\nContent-Length: 9\n\n{', '\x7f'])(
  'a client that vanishes behind %j harms nobody',
  async (bytes) => {
    const socket = connect(served.api.port, '127.0.0.1')
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
    socket.resetAndDestroy()
    expect(await served.raw('GET /livez HTTP/1.0\r\n\r\n')).toContain('200 OK')
  },
)
