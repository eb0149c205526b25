import { expect, test } from 'vitest'
import { createClient } from './client.ts'
import type { Client } from './client.ts'

type Answer = { status?: number; body?: string; location?: string }
type Sent = { line: string; body: string | null }

function clientOf({ status = 200, body = '', location = '' }: Answer): { client: Client; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const line = `${init.method} ${(url as string).slice('http://sluice.test'.length)}`
    sent.push({ line, body: (init.body as string) ?? null })
    return new Response(body, { status, headers: { location } })
  }
  return { client: createClient({ baseUrl: 'http://sluice.test', fetch }), sent }
}

const made = '{"id":3,"api_key":"slc_new","previous_until":"2026-11-29T12:00:00.000000Z"}'
const check = '{"allowed":false,"reasons":["Permission 1 does not allow it"]}'

test.each([
  {
    name: 'roll by the owner, with an overlap',
    call: (c: Client) => c.keys.roll(3, 48),
    answer: { status: 201, body: made },
    sent: { line: 'POST /v2/keys/3/roll', body: '{"overlap_hours":48}' },
    is: { id: 3, api_key: 'slc_new', previous_until: '2026-11-29T12:00:00.000000Z' },
  },
  {
    name: 'roll without an overlap',
    call: (c: Client) => c.keys.roll(3, 0),
    answer: { status: 201, body: '{"id":3,"api_key":"slc_new"}' },
    sent: { line: 'POST /v2/keys/3/roll', body: '{"overlap_hours":0}' },
    is: { id: 3, api_key: 'slc_new' },
  },
  {
    name: 'roll by a master key, which is answered by Location alone',
    call: (c: Client) => c.keys.roll('slc_old'),
    answer: { status: 201, location: 'http://h/v2/keys/slc_new' },
    sent: { line: 'POST /v2/keys/slc_old/roll', body: '{}' },
    is: { id: null, api_key: 'slc_new' },
  },
  {
    name: 'end of an overlap',
    call: (c: Client) => c.keys.endRoll(3),
    answer: {},
    sent: { line: 'POST /v2/keys/3/roll/end', body: null },
    is: undefined,
  },
  {
    name: 'check for a feed',
    call: (c: Client) => c.keys.check(3, { method: 'get', feedId: 7 }),
    answer: { body: check },
    sent: { line: 'GET /v2/keys/3/check?method=get&feed_id=7', body: null },
    is: { allowed: false, reasons: ['Permission 1 does not allow it'] },
  },
  {
    name: 'check for a datastream, from somewhere',
    call: (c: Client) =>
      c.keys.check(3, { method: 'put', feedId: 7, datastreamId: 'a+b', sourceIp: '::1', referer: 'http://x.org/a?b' }),
    answer: { body: check },
    sent: {
      line: 'GET /v2/keys/3/check?method=put&feed_id=7&datastream_id=a%2Bb&source_ip=%3A%3A1&referer=http%3A%2F%2Fx.org%2Fa%3Fb',
      body: null,
    },
    is: { allowed: false, reasons: ['Permission 1 does not allow it'] },
  },
  {
    name: 'check for a trigger',
    call: (c: Client) => c.keys.check('slc_x', { method: 'delete', triggerId: 40 }),
    answer: { body: check },
    sent: { line: 'GET /v2/keys/slc_x/check?method=delete&trigger_id=40', body: null },
    is: { allowed: false, reasons: ['Permission 1 does not allow it'] },
  },
] as { name: string; call(c: Client): Promise<unknown>; answer: Answer; sent: Sent; is: unknown }[])(
  '$name',
  async ({ call, answer, sent, is }) => {
    const server = clientOf(answer)
    expect(await call(server.client)).toEqual(is)
    expect(server.sent).toEqual([sent])
  },
)
