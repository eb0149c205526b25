import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab, TIME } from './lab.ts'
import type { Lab } from './lab.ts'
import { askOnce, bytesOf, dial, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// libxively 0.1 (C, POSIX): `HTTP/1.1` without `Connection`, CSV alone, and one CRLF too many behind every body

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = [
  '{METHOD} /v2/feeds{PATH} HTTP/1.1',
  'Host: api.xively.com',
  'User-Agent: libxively-posix/0.1.x-b8733cf',
  'Accept: */*',
  'X-ApiKey: {KEY}',
]
const WITH_BODY = headOf(...HEAD, 'Content-Type: text/plain', 'Content-Length: {LENGTH}')

function bytes(method: string, path: string, body?: string): Buffer {
  const values = { METHOD: method, PATH: path, KEY: lab.key }
  if (body === undefined) return bytesOf(headOf(...HEAD), values)
  return bytesOf(WITH_BODY, { ...values, LENGTH: Buffer.byteLength(body) }, `${body}\r\n`)
}
const send = (method: string, path: string, body?: string): Promise<WireAnswer> =>
  askOnce(lab.port, bytes(method, path, body))
const done = { status: 200, reason: 'OK', body: '' }

test('feed_update and feed_get: values alone, and values with times', async () => {
  const feed = await lab.makeFeed()
  expect(await send('PUT', `/${feed}.csv`, 'temp,13\nhum,50\n')).toMatchObject(done)
  const rows = (await send('GET', `/${feed}.csv`)).body.split('\n').map((row) => row.split(','))
  expect(rows).toEqual([
    ['temp', expect.stringMatching(TIME), '13'],
    ['hum', expect.stringMatching(TIME), '50'],
  ])
  const timed = 'temp,2026-11-22T07:37:37.000001Z,13.5\nhum,2026-11-22T07:37:37.000002Z,wet\n'
  const other = await lab.makeFeed()
  expect(await send('PUT', `/${other}.csv`, timed)).toMatchObject(done)
  expect((await send('GET', `/${other}.csv`)).body).toBe(timed.trimEnd())
})

test('feed_get of some datastreams: `datastreams=` behind the extension', async () => {
  const feed = await lab.makeFeed()
  await send('PUT', `/${feed}.csv`, 'a,1\nb,2\nc,3\n')
  const got = await send('GET', `/${feed}.csv?datastreams=a,c`)
  expect(got.body.split('\n').map((row) => row.split(',')[0])).toEqual(['a', 'c'])
})

test('datastream_create, _update, _get and _delete', async () => {
  const feed = await lab.makeFeed()
  const created = await send('POST', `/${feed}/datastreams.csv`, 'temp,2026-11-22T07:37:37.000000Z,12\n')
  expect(created).toMatchObject({ status: 201, reason: 'Created', body: '' })
  expect(lastSegment(created.header('location'))).toBe('temp')
  expect(await send('POST', `/${feed}/datastreams.csv`, 'hum,7\n')).toMatchObject({ status: 201 })

  const datastream = `/${feed}/datastreams/temp.csv`
  expect(await send('PUT', datastream, '2026-11-22T07:38:00.000000Z,-12.25\n')).toMatchObject(done)
  // exactly one row, with six digits of a second and no line end behind it
  expect(await send('GET', datastream)).toMatchObject({ status: 200, body: '2026-11-22T07:38:00.000000Z,-12.25' })

  expect(await send('DELETE', `/${feed}/datastreams/hum.csv`)).toMatchObject(done)
  expect((await lab.readFeed(feed)).datastreams?.map(({ id }) => id)).toEqual(['temp'])
  expect((await send('GET', `/${feed}/datastreams/hum.csv`)).status).toBe(404)
})

test('datapoint_delete and datapoint_delete_range, whose extension comes behind the query', async () => {
  const times = ['16:53:19.000000', '16:53:20.123456', '16:53:21.000000', '16:53:22.000000', '16:53:23.000000']
  const feed = await lab.makeFeed({ datastreams: [{ id: 'temp' }] })
  const datastream = `/${feed}/datastreams/temp`
  const rows = times.map((time, index) => `2014-05-13T${time}Z,${index}\n`).join('')
  expect(await send('PUT', `${datastream}.csv`, rows)).toMatchObject(done)

  expect(await send('DELETE', `${datastream}/datapoints/2014-05-13T16:53:20.123456Z.csv`)).toMatchObject(done)
  const range = 'start=2014-05-13T16:53:21.000000Z&end=2014-05-13T16:53:22.000000Z'
  expect(await send('DELETE', `${datastream}/datapoints?${range}.csv`)).toMatchObject(done)
  const left = await send('GET', `${datastream}.csv?start=2014-05-13T00:00:00Z`)
  expect(left.body).toBe('2014-05-13T16:53:19.000000Z,0\n2014-05-13T16:53:23.000000Z,4')
})

describe('one read of 512 bytes', () => {
  const row = (id: string, value: string): string => `${id},2026-11-22T07:37:37.000000Z,${value}`

  test('holds twelve channels, asked for by `datastreams=`', async () => {
    const feed = await lab.makeFeed()
    const ids = Array.from({ length: 15 }, (_, index) => `c${index}`)
    await send('PUT', `/${feed}.csv`, `${ids.map((id) => row(id, '1')).join('\n')}\n`)
    const twelve = ids.slice(0, 12)
    const { body } = await send('GET', `/${feed}.csv?datastreams=${twelve.join(',')}`)
    expect(body).toBe(twelve.map((id) => row(id, '1')).join('\n'))
    await expect(send('GET', `/${feed}.csv`)).rejects.toThrow(/bytes of the body are not in the first 512/)
  })

  test('holds a body of 400 bytes, its documented limit', async () => {
    const feed = await lab.makeFeed()
    // ids of 15 and values of 31 characters are the longest that libxively has
    const rows = ['a', 'b', 'c', 'd'].map((letter) => row(letter.repeat(15), letter.repeat(31)))
    const left = 400 - rows.join('\n').length - '\n'.length
    const full = [...rows, row('e'.repeat(15), '1'.repeat(left - row('e'.repeat(15), '').length))].join('\n')
    expect(full).toHaveLength(400)
    expect(await send('PUT', `/${feed}.csv`, `${full}\n`)).toMatchObject(done)
    expect((await send('GET', `/${feed}.csv`)).body).toBe(full)
  })

  test.each([
    ['a key that is none', (feed: string) => `/${feed}.csv`, { key: 'none' }, 401],
    ['a feed that is not there', () => '/999999.csv', {}, 404],
    ['a body that is no CSV', (feed: string) => `/${feed}.csv`, { body: 'a\n' }, 400],
    ['a value that is too long', (feed: string) => `/${feed}.csv`, { body: `a,${'x'.repeat(300)}\n` }, 422],
  ])(
    'tells of %s in text that fits',
    async (_what, path, { key = lab.key, body }: { key?: string; body?: string }, status) => {
      const feed = await lab.makeFeed()
      const method = body === undefined ? 'GET' : 'PUT'
      const asked = bytes(method, path(feed), body).toString().replace(lab.key, key)
      const answer = await askOnce(lab.port, Buffer.from(asked))
      expect([answer.status, answer.header('content-type')]).toEqual([status, expect.stringMatching(/^text\/plain/)])
      expect(answer.body).not.toBe('')
    },
  )
})

test('the CRLF behind a body is no request of its own: the connection serves the next one', async () => {
  const feed = await lab.makeFeed()
  using line = dial(lab.port)
  for (const value of ['1', '2', '3']) {
    expect(await line.ask(bytes('PUT', `/${feed}.csv`, `temp,${value}\n`))).toMatchObject(done)
    const { body } = await line.ask(bytes('GET', `/${feed}/datastreams/temp.csv`))
    expect(body.split(',')[1]).toBe(value)
  }
})
