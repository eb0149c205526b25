import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { askUntilClose, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// Net::Pachube (Perl, LWP): version 1 at `www.pachube.com/api`, EEML 5 to make and read a feed, values by position in CSV

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

const HEAD = [
  '{METHOD} /api{PATH} HTTP/1.1',
  'TE: deflate,gzip;q=0.3',
  'Connection: TE, close',
  'Host: www.pachube.com',
  'User-Agent: libwww-perl/5.837',
]
function send(method: string, path: string, body?: string): Promise<WireAnswer> {
  const length = body === undefined ? [] : ['Content-Length: {LENGTH}']
  const head = headOf(...HEAD, ...length, 'X-PachubeApiKey: {KEY}')
  return askUntilClose(lab.port, bytesOf(head, { METHOD: method, PATH: path, KEY: lab.key }, body))
}
/** `is_success` is any 2xx. */
const isSuccess = ({ status }: WireAnswer): boolean => status >= 200 && status < 300

const CREATE = `<?xml version="1.0" encoding="UTF-8"?>
<eeml xmlns="http://www.eeml.org/xsd/005"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.eeml.org/xsd/005 http://www.eeml.org/xsd/005/005.xsd" version="5">
<environment>
  <description>On a sill</description>
  <location domain="physical" exposure="indoor">
    <name>kitchen</name>
    <lat>51.0</lat>
    <lon>-1.3</lon>
  </location>
  <title>Perl</title>
</environment>
</eeml>
`

async function create(): Promise<string> {
  const made = await send('POST', '.xml', CREATE)
  expect(isSuccess(made)).toBe(true)
  // without this in Location it makes no feed of the answer
  const [, id] = /\/(\d+)\.xml$/.exec(made.header('location')) ?? []
  if (id === undefined) throw new Error(`no feed in ${made.header('location')}`)
  return id
}
/** What it reads out of the document: XML::Simple folds `data` by id, and asks `value` for its content and attributes. */
function eeml(body: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of ['title', 'description', 'feed', 'status', 'lat', 'lon', 'name']) {
    found[name] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? ''
  }
  for (const [, id, inner = ''] of body.matchAll(/<data id="([^"]+)">([^]*?)<\/data>/g)) {
    const [, attributes = '', content = ''] = /<value([^>]*)>([^<]*)<\/value>/.exec(inner) ?? []
    // a value without attributes is a plain string to XML::Simple, and asking that for its content ends the program
    if (!attributes.includes('=')) throw new Error(`the value of ${id} has no attributes`)
    found[`data ${id}`] = content
    found[`min ${id}`] = /minValue="([^"]*)"/.exec(attributes)?.[1] ?? ''
    found[`max ${id}`] = /maxValue="([^"]*)"/.exec(attributes)?.[1] ?? ''
  }
  return found
}

test('create, update by position, get, delete', async () => {
  const id = await create()
  expect(isSuccess(await send('PUT', `/${id}.csv`, '0,1,2.5,-3'))).toBe(true)
  expect(isSuccess(await send('PUT', `/${id}.csv`, '5,0,2.5,-3'))).toBe(true)
  const got = await send('GET', `/${id}.xml`)
  expect(isSuccess(got)).toBe(true)
  expect(got.body).toContain('<eeml xmlns="http://www.eeml.org/xsd/005"')
  expect(got.body).toMatch(new RegExp(`<environment [^>]*id="${id}"[^>]*creator="http://www.haque.co.uk"`))
  expect(eeml(got.body)).toMatchObject({
    title: 'Perl',
    description: 'On a sill',
    status: 'live',
    lat: '51',
    lon: '-1.3',
    name: 'kitchen',
    'data 0': '5',
    'min 0': '0.0',
    'max 0': '5.0',
    'data 2': '2.5',
    'data 3': '-3',
  })
  // `update(data => 99)` says the first value alone
  expect(isSuccess(await send('PUT', `/${id}.csv`, '99'))).toBe(true)
  expect((await send('GET', `/${id}.csv`)).body).toBe('99,0,2.5,-3')
  expect(isSuccess(await send('DELETE', `/${id}`))).toBe(true)
  expect(isSuccess(await send('GET', `/${id}.xml`))).toBe(false)
})

test('a refusal is none of its successes, and changes nothing', async () => {
  const id = await create()
  await send('PUT', `/${id}.csv`, '1,2')
  expect((await send('PUT', `/${id}.csv`, '3,4\n5,6')).status).toBe(400)
  expect((await send('GET', `/${id}.csv`)).body).toBe('1,2')
  expect((await send('POST', '.xml', CREATE.replace('<title>Perl</title>', ''))).status).toBe(422)
})
