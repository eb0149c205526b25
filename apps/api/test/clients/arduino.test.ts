import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AddedDeviceDocument } from '@sluice/model'
import { openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { askUntilClose, bytesOf, headOf, rawUntilClose } from './wire.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

// The Xively library on Arduino's HttpClient 2.2: `User-Agent` twice, no content type, and it reads until the server closes

const HEAD = [
  'Host: api.xively.com',
  'User-Agent: Arduino/2.2.0',
  'Connection: close',
  'X-ApiKey: {KEY}',
  'User-Agent: Xively-Arduino-Lib/1.0',
]
const PUT = headOf('PUT /v2/feeds/{FEED}.json HTTP/1.1', ...HEAD, 'Content-Length: {LENGTH}')
const GET = headOf('GET /v2/feeds/{FEED}.csv HTTP/1.1', ...HEAD)

/** As its `printTo` prints a feed. */
const printed = (values: Record<string, string>): string => {
  const rows = Object.entries(values).map(([id, value]) => `{ "id" : "${id}", "current_value" : "${value}" }`)
  return ['{', '"version":"1.0.0",', '"datastreams" : [', rows.join(',\r\n'), ']', '}', ''].join('\r\n')
}
/** What `XivelyClient::get` finds for an id: it runs over `id,at,value` lines and takes what stands behind the second comma. */
function found(csv: string, id: string): string | undefined {
  const line = csv.split('\n').find((one) => one.slice(0, one.indexOf(',')) === id)
  return line?.split(',').slice(2).join(',')
}

describe('Xively library', () => {
  test('put: the status is 200, and the connection ends', async () => {
    const feed = await lab.makeFeed()
    const body = printed({ temp: '21.50', door: 'open', count: '-3' })
    const answer = await askUntilClose(lab.port, bytesOf(PUT, { FEED: feed, KEY: lab.key }, body))
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.header('connection')).toBe('close')
    expect((await lab.readFeed(feed)).datastreams).toMatchObject([
      { id: 'temp', current_value: '21.50' },
      { id: 'door', current_value: 'open' },
      { id: 'count', current_value: '-3' },
    ])
  })

  test('get: lines until the server closes, no length needed', async () => {
    const feed = await lab.makeFeed({
      datastreams: [{ id: 'temp', current_value: '21.50' }, { id: 'empty' }, { id: 'te', current_value: 'text' }],
    })
    const answer = await askUntilClose(lab.port, bytesOf(GET, { FEED: feed, KEY: lab.key }))
    expect(answer.status).toBe(200)
    expect(answer.body.split('\n')[0]?.split(',')[1]).toMatch(TIME)
    expect(['temp', 'te', 'none'].map((id) => found(answer.body, id))).toEqual(['21.50', 'text', undefined])
    // a stream without a value still has its two commas, so that the next line is not taken for it
    expect(answer.body.split('\n')[1]).toBe('empty,,""')
    expect(answer.body).not.toMatch(/\n$/)
  })

  const CUT_SHORT = printed({ a: '1' }).slice(0, -5)
  test.each([
    { what: 'a key that is none', head: PUT, values: { KEY: 'x' }, status: 401 },
    { what: 'a feed that is not there', head: PUT, values: { FEED: '999999' }, status: 404 },
    { what: 'a body that is cut short', head: PUT, body: CUT_SHORT, status: 400 },
    { what: 'a feed to read that is not there', head: GET, values: { FEED: '999999' }, body: '', status: 404 },
  ])('$what is a negative result, and the connection ends', async ({ head, values, body, status }) => {
    const known = { FEED: await lab.makeFeed(), KEY: lab.key, ...values }
    const answer = await askUntilClose(lab.port, bytesOf(head, known, body ?? printed({ a: '1' })))
    expect([answer.status, answer.header('connection')]).toEqual([status, 'close'])
  })
})

// A sketch that provisions itself: `\r\n` and bare `\n` in one head, and a CRLF behind the body. It keeps the line that it is
// in, and reads the status from one that begins with `HTTP/1.`

const ACTIVATE =
  'GET /activate/{CODE}.csv HTTP/1.1\r\nHost: provisioning.connectedenvironments.com\nUser-Agent: Usmanode Arduino 0.1\r\n' +
  'Connection: close\n\r\n'
const SEND =
  'PUT /v2/feeds/{FEED}.csv HTTP/1.1\r\nHost: api.pachube.com\r\nX-PachubeApiKey: {KEY}\r\nUser-Agent: Usmanode Arduino 0.1\r\n' +
  'Content-Length: {LENGTH}\r\nContent-Type: text/csv\nConnection: close\n\r\n'

/** What the sketch knows once the server has closed. */
async function sketch(bytes: Buffer): Promise<{ status: number; lastLine: string }> {
  let status = 0
  let line = ''
  for (const character of (await rawUntilClose(lab.port, bytes)).toString('latin1')) {
    if (character !== '\n') {
      line += character
      continue
    }
    if (line.startsWith('HTTP/1.')) status = line.startsWith('200 OK', 9) ? 200 : line.startsWith('40', 9) ? 401 : 999
    line = ''
  }
  return { status, lastLine: line }
}

describe('provisioning sketch', () => {
  test('is activated by its code, and sends with what it was told', async () => {
    const body = { name: 'Sketch', private: true }
    const added = await lab.api.send('POST', '/v2/devices', { key: lab.key, body })
    const { device } = added.document as AddedDeviceDocument
    await lab.api.send('POST', `/v2/devices/${device.id}/deactivate`, { key: lab.key })

    const activated = await sketch(bytesOf(ACTIVATE, { CODE: device.activation_code }))
    expect(activated.status).toBe(200)
    const comma = activated.lastLine.indexOf(',')
    const second = activated.lastLine.indexOf(',', comma + 1)
    // it takes only a key of more than 32 characters
    expect(comma).toBeGreaterThan(32)
    const [key, feed] = [activated.lastLine.slice(0, comma), activated.lastLine.slice(comma + 1, second)]
    expect(feed).toBe(String(device.feed_id))

    const csv = 'light,123\ntemperature,456\nhumidity,789'
    const sent = Buffer.concat([bytesOf(SEND, { FEED: feed, KEY: key }, csv), Buffer.from('\r\n')])
    expect(await sketch(sent)).toEqual({ status: 200, lastLine: '' })
    expect((await lab.readFeed(feed)).datastreams).toMatchObject([
      { id: 'light', current_value: '123' },
      { id: 'temperature', current_value: '456' },
      { id: 'humidity', current_value: '789' },
    ])
    // it would go on asking after this answer, and must hear no other
    expect((await sketch(bytesOf(ACTIVATE, { CODE: device.activation_code }))).status).toBe(401)
  })

  test('an unknown code is a refusal that it understands', async () => {
    expect((await sketch(bytesOf(ACTIVATE, { CODE: '0'.repeat(40) }))).status).toBe(401)
  })
})
