import { expect, test } from 'vitest'
import type { BacktestLine } from '@sluice/model'
import { createClient } from './client.ts'
import type { Client } from './client.ts'

type Sent = { line: string; body: string | null }
const WINDOW = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }
const RULE = { environment_id: 7, stream_id: 't', trigger_type: 'gt', threshold_value: '5' } as const

/** A client whose server gives one answer, in pieces of so many bytes. */
function clientOf(
  answer: string,
  { status = 200, location = '', piece = 1_000_000 } = {},
): { client: Client; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    sent.push({
      line: `${init.method} ${(url as string).slice('http://sluice.test'.length)}`,
      body: init.body as string,
    })
    const bytes = new TextEncoder().encode(answer)
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        for (let from = 0; from < bytes.length; from += piece) stream.enqueue(bytes.slice(from, from + piece))
        stream.close()
      },
    })
    return new Response(body, { status, headers: { location } })
  }
  return { client: createClient({ baseUrl: 'http://sluice.test', fetch }), sent }
}

test.each([
  { call: (c: Client) => c.triggers.list(), answer: '[]', sent: 'GET /v2/triggers?full=true', is: [] },
  {
    call: (c: Client) => c.triggers.list({ feedId: 7 }),
    answer: '[]',
    sent: 'GET /v2/triggers?feed_id=7&full=true',
    is: [],
  },
  { call: (c: Client) => c.triggers.get(3), answer: '{"id":3}', sent: 'GET /v2/triggers/3?full=true', is: { id: 3 } },
  {
    call: (c: Client) => c.triggers.create({ ...RULE, url: 'http://x.org/' }),
    answer: '',
    sent: 'POST /v2/triggers',
    is: 19,
  },
  {
    call: (c: Client) => c.triggers.update(3, { enabled: false }),
    answer: '',
    sent: 'PUT /v2/triggers/3',
    is: undefined,
  },
  { call: (c: Client) => c.triggers.remove(3), answer: '', sent: 'DELETE /v2/triggers/3', is: undefined },
  { call: (c: Client) => c.triggers.test(3), answer: '{"delivery_id":"u"}', sent: 'POST /v2/triggers/3/test', is: 'u' },
  { call: (c: Client) => c.triggers.arm(3), answer: '', sent: 'POST /v2/triggers/3/arm', is: undefined },
  {
    call: (c: Client) => c.triggers.trace(3, { limit: 5 }),
    answer: '{"trace":[]}',
    sent: 'GET /v2/triggers/3/trace?limit=5',
    is: [],
  },
  {
    call: (c: Client) => c.deliveries.list({ triggerId: 3, status: 'dead', before: 90, limit: 10 }),
    answer: '{"deliveries":[]}',
    sent: 'GET /v2/deliveries?trigger_id=3&status=dead&before=90&limit=10',
    is: [],
  },
  { call: (c: Client) => c.deliveries.get('u'), answer: '{"id":"u"}', sent: 'GET /v2/deliveries/u', is: { id: 'u' } },
  {
    call: (c: Client) => c.deliveries.redeliver('u'),
    answer: '{"delivery_id":"u"}',
    sent: 'POST /v2/deliveries/u/redeliver',
    is: 'u',
  },
  { call: (c: Client) => c.endpoints.list(), answer: '{"endpoints":[]}', sent: 'GET /v2/endpoints', is: [] },
  { call: (c: Client) => c.endpoints.get(4), answer: '{"id":4}', sent: 'GET /v2/endpoints/4', is: { id: 4 } },
  {
    call: (c: Client) => c.endpoints.update(4, { paused: true }),
    answer: '',
    sent: 'PUT /v2/endpoints/4',
    is: undefined,
  },
  {
    call: (c: Client) => c.endpoints.redeliver(4, WINDOW.start),
    answer: '{"redelivered":2}',
    sent: 'POST /v2/endpoints/4/redeliver',
    is: 2,
  },
  {
    call: (c: Client) => c.endpoints.revealSecret(4, 'pw'),
    answer: '{"secret":"s"}',
    sent: 'POST /v2/endpoints/4/secret',
    is: 's',
  },
  {
    call: (c: Client) => c.endpoints.rotateSecret(4, 'pw'),
    answer: '{"secret":"s","previous_until":"2026-01-01T00:00:00.000000Z"}',
    sent: 'POST /v2/endpoints/4/rotate',
    is: { secret: 's', previous_until: '2026-01-01T00:00:00.000000Z' },
  },
])('$sent', async ({ call, answer, sent: line, is }) => {
  const { client, sent } = clientOf(answer, { location: 'http://sluice.test/v2/triggers/19' })
  await expect(call(client)).resolves.toEqual(is)
  expect(sent.map((request) => request.line)).toEqual([line])
})

const LINES: BacktestLine[] = [
  { progress: { points: 5000, at: '2026-01-01T00:00:00.000000Z' } },
  { firing: { at: '2026-01-01T12:00:00.000000Z', cause: 'value', stream_id: 't', value: 'größer' } },
  { summary: { points: 6000, firings: 1, ...WINDOW } },
]
const TEXT = LINES.map((line) => `${JSON.stringify(line)}\n`).join('')

test.each([
  { name: 'in one piece', answer: TEXT, piece: 1000 },
  { name: 'cut anywhere', answer: TEXT, piece: 1 },
  { name: 'without an end', answer: TEXT.trimEnd(), piece: 1000 },
])('a backtest arrives line by line, $name', async ({ answer, piece }) => {
  const { client, sent } = clientOf(answer, { piece })
  const lines: BacktestLine[] = []
  await client.triggers.backtest({ ...RULE, ...WINDOW }, { onLine: (line) => lines.push(line) })
  expect(lines).toEqual(LINES)
  expect(sent).toEqual([{ line: 'POST /v2/triggers/backtest', body: JSON.stringify({ ...RULE, ...WINDOW }) }])
})

test.each([
  {
    name: 'is refused',
    answer: '{"title":"Unprocessable Entity","errors":["start can\'t be blank"]}',
    status: 422,
    error: { status: 422 },
  },
  { name: 'breaks off', answer: TEXT.slice(0, 70), status: 200, error: { status: 0 } },
  {
    name: 'ends too early',
    answer: `${JSON.stringify(LINES[0])}\n`,
    status: 200,
    error: { status: 0, title: 'Broken answer' },
  },
])('a backtest that $name rejects', async ({ answer, status, error }) => {
  const { client } = clientOf(answer, { status })
  await expect(client.triggers.backtest({ ...RULE, ...WINDOW }, { onLine: () => {} })).rejects.toMatchObject(error)
})

test('a cancelled backtest rejects and hears nothing more', async () => {
  const cancel = new AbortController()
  const lines: BacktestLine[] = []
  const endless = async (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new TextEncoder().encode(`${JSON.stringify(LINES[0])}\n`))
        init.signal?.addEventListener('abort', () => stream.error(init.signal?.reason))
      },
    })
    return new Response(body)
  }
  const client = createClient({ baseUrl: 'http://sluice.test', fetch: endless })
  const onLine = (line: BacktestLine): void => {
    lines.push(line)
    cancel.abort()
  }
  const done = client.triggers.backtest({ ...RULE, ...WINDOW }, { onLine, signal: cancel.signal })
  await expect(done).rejects.toMatchObject({ status: 0, title: 'Cancelled' })
  expect(lines).toEqual([LINES[0]])
})
