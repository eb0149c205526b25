import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSegment, openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { askUntilClose, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// xively-rb on HTTParty (Ruby's Net::HTTP): a form's type around JSON, header names in capitals, `Connection: close`

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = [
  '{METHOD} {PATH} HTTP/1.1',
  'User-Agent: xively-rb/0.1.10',
  'X-Apikey: {KEY}',
  'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
  'Accept: */*',
  'Connection: close',
  'Host: api.xively.com',
]
const FORM = ['Content-Length: {LENGTH}', 'Content-Type: application/x-www-form-urlencoded']

function send(method: string, path: string, body?: string): Promise<WireAnswer> {
  const head = headOf(...HEAD, ...(body === undefined ? [] : FORM))
  return askUntilClose(lab.port, bytesOf(head, { METHOD: method, PATH: path, KEY: lab.key }, body))
}
const done = { status: 200, body: '' }
const parse = (answer: WireAnswer): unknown => {
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body)
}

describe('xively-rb', () => {
  test('a feed of `to_json` is posted to .json, read, put back as it was read, and deleted', async () => {
    const body =
      '{"title":"Ruby","private":"false","tags":["aardvark","zebra"],"version":"1.0.0","datastreams":[{"id":"0","current_value":"14","tags":["freakin lasers"],"unit":{"symbol":"C","label":"Celsius"},"datapoints":[{"value":"1","at":"2010-05-20T11:01:43Z"},{"value":"2","at":"2010-05-20T11:01:44Z"}]}],"location":{"disposition":"fixed","name":"meeting room","ele":"23.0","lat":51.5,"lon":-0.1}}'
    const created = await send('POST', '/v2/feeds.json', body)
    expect(created).toMatchObject({ status: 201, body: '' })
    const id = lastSegment(created.header('location'))
    const read = parse(await send('GET', `/v2/feeds/${id}.json`)) as object
    expect(read).toMatchObject({
      title: 'Ruby',
      tags: ['aardvark', 'zebra'],
      datastreams: [{ id: '0', current_value: '14', max_value: '14.0', min_value: '1.0' }],
    })
    expect(await send('PUT', `/v2/feeds/${id}.json`, JSON.stringify(read))).toMatchObject(done)
    expect(parse(await send('GET', `/v2/feeds/${id}.json`))).toMatchObject({ tags: ['aardvark', 'zebra'] })
    expect(await send('DELETE', `/v2/feeds/${id}.json`)).toMatchObject(done)
  })

  test('what it guesses to be XML or CSV by its first character comes without an extension', async () => {
    const feed = `/v2/feeds/${await lab.makeFeed()}`
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<eeml xmlns="http://www.eeml.org/xsd/0.5.1" version="0.5.1"><environment><data id="0"><current_value>7</current_value></data></environment></eeml>'
    expect(await send('PUT', feed, xml)).toMatchObject(done)
    expect(await send('PUT', `${feed}.csv`, '1,8\n2,9')).toMatchObject(done)
    const document = parse(await send('GET', feed)) as { datastreams: { id: string; current_value: string }[] }
    expect(document.datastreams.map((one) => `${one.id}=${one.current_value}`)).toEqual(['0=7', '1=8', '2=9'])
  })

  test('a key of `to_json` has an id equal to itself, and null for what it does not say', async () => {
    const id = await lab.makeFeed()
    const permission = `{"referer":null,"source_ip":null,"label":null,"minimum_interval":null,"access_methods":["get"],"resources":[{"feed_id":${id}}]}`
    const create = `{"key":{"id":null,"expires_at":null,"api_key":null,"user":null,"label":"ruby","private_access":null,"permissions":[${permission}]}}`
    const created = await send('POST', '/v2/keys.json', create)
    expect(created).toMatchObject({ status: 201, body: '' })
    const key = lastSegment(created.header('location'))
    expect(parse(await send('GET', `/v2/keys/${key}.json`))).toEqual({
      key: {
        api_key: key,
        label: 'ruby',
        permissions: [{ access_methods: ['get'], resources: [{ feed_id: Number(id) }] }],
      },
    })
    const everything =
      '{"referer":null,"source_ip":null,"label":null,"minimum_interval":null,"access_methods":["get","put"],"resources":null}'
    const update = `{"key":{"id":"${key}","expires_at":null,"api_key":"${key}","user":"ann","label":"rubies","private_access":true,"permissions":[${everything}]}}`
    expect(await send('PUT', `/v2/keys/${key}.json`, update)).toMatchObject(done)
    expect(parse(await send('GET', `/v2/keys/${key}.json`))).toMatchObject({
      key: { api_key: key, label: 'rubies', private_access: true, permissions: [{ access_methods: ['get', 'put'] }] },
    })
  })

  test('a trigger of `to_json`', async () => {
    const id = await lab.makeFeed({ datastreams: [{ id: '0' }] })
    const body = `{"threshold_value":"44","url":"http://www.postbin.org/zxj02h","trigger_type":"eq","stream_id":"0","environment_id":${id},"user":"lebreeze"}`
    const created = await send('POST', '/v2/triggers.json', body)
    expect(created).toMatchObject({ status: 201, body: '' })
    expect(parse(await send('GET', `/v2/triggers/${lastSegment(created.header('location'))}.json`))).toMatchObject({
      threshold_value: '44',
      trigger_type: 'eq',
      notified_at: '',
      user: lab.api.home.login,
    })
  })
})

describe('jwtd’s connector on top of it', () => {
  /** It takes `unit.symbol` and `unit.label` of every datastream without asking whether there is a unit. */
  const symbols = (document: unknown): string[] =>
    (document as { datastreams: { unit: { symbol: string } }[] }).datastreams.map(({ unit }) => unit.symbol)

  test('finds the unit of every datastream that has one, and times of the feed', async () => {
    const id = await lab.makeFeed({
      datastreams: [
        { id: 'temperature', unit: { symbol: 'F', label: 'Fahrenheit' }, current_value: '70' },
        { id: 'humidity', unit: { symbol: '%', label: 'Percent' } },
      ],
    })
    const document = parse(await send('GET', `/v2/feeds/${id}.json`)) as { created: string; updated: string }
    expect(symbols(document)).toEqual(['F', '%'])
    for (const time of [document.created, document.updated]) expect(Date.parse(time)).not.toBeNaN()
    // a datastream without a unit breaks it: nothing that a server could mend
    const bare = await lab.makeFeed({ datastreams: [{ id: 'bare' }] })
    const broken = parse(await send('GET', `/v2/feeds/${bare}.json`))
    expect(() => symbols(broken)).toThrow(TypeError)
  })

  test('sends its buffer of datapoints as JSON without an extension', async () => {
    const id = await lab.makeFeed({ datastreams: [{ id: 'temperature' }] })
    const points =
      '{"datapoints":[{"value":"70","at":"2014-03-28T16:36:30.651731Z"},{"value":"71","at":"2014-03-28T16:37:30.651731Z"}]}'
    expect(await send('POST', `/v2/feeds/${id}/datastreams/temperature/datapoints`, points)).toMatchObject(done)
    expect(await lab.value(id, 'temperature')).toBe('71')
  })
})
