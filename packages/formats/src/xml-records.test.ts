import { SluiceError } from '@sluice/model'
import { expect, test } from 'vitest'
import type { Body } from './body.ts'
import { parseKeyBody } from './keys.ts'
import { parseTriggerBody } from './triggers.ts'
import { keyOfXml, triggerOfXml } from './xml-records.ts'

const xml = (text: string): Body => ({ text, format: 'xml', version: 'v2' })

test('a key with all that API v2 has', () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<key>
  <id>40</id>
  <api-key>abc</api-key>
  <expires-at>2030-03-27 01:23:45 UTC</expires-at>
  <user>ann</user>
  <label>0042</label>
  <private-access>true</private-access>
  <permissions>
    <permission>
      <label>first</label>
      <referer>http://example.test</referer>
      <source-ip>127.0.0.1</source-ip>
      <minimum-interval>5</minimum-interval>
      <access-methods>
        <access-method>GET</access-method>
        <access-method>put</access-method>
      </access-methods>
      <resources>
        <resource><feed-id>424</feed-id><datastream-id>007</datastream-id></resource>
        <resource><datastream-trigger-id>9</datastream-trigger-id></resource>
      </resources>
    </permission>
    <permission><access-methods/></permission>
  </permissions>
</key>`
  expect(keyOfXml(text)).toEqual({
    key: {
      id: '40',
      api_key: 'abc',
      expires_at: '2030-03-27 01:23:45 UTC',
      user: 'ann',
      label: '0042',
      private_access: 'true',
      permissions: [
        {
          label: 'first',
          referer: 'http://example.test',
          source_ip: '127.0.0.1',
          minimum_interval: 5,
          access_methods: ['GET', 'put'],
          resources: [{ feed_id: 424, datastream_id: '007' }, { datastream_trigger_id: 9 }],
        },
        { access_methods: [], resources: [] },
      ],
    },
  })
})

test('keys are read as from JSON, with dashes or underscores', () => {
  const text = (dash: string) =>
    `<key><label>lab</label><expires${dash}at>2030-03-27 01:23:45 UTC</expires${dash}at><private${dash}access>true</private${dash}access><permissions><permission><access${dash}methods><access${dash}method>GET</access${dash}method></access${dash}methods></permission></permissions></key>`
  for (const dash of ['-', '_']) {
    expect(parseKeyBody(xml(text(dash)))).toEqual({
      label: 'lab',
      privateAccess: true,
      expiresAt: '2030-03-27T01:23:45.000000Z',
      permissions: [{ accessMethods: ['get'] }],
    })
  }
})

test('a trigger', () => {
  const text = `<datastream-trigger>
  <id type="integer">40</id>
  <url>http://example.test/hook</url>
  <trigger-type>eq</trigger-type>
  <threshold-value type="float">044.0</threshold-value>
  <notified-at type="datetime"></notified-at>
  <user>ann</user>
  <environment-id type="integer">424</environment-id>
  <stream-id>007</stream-id>
</datastream-trigger>`
  expect(triggerOfXml(text)).toMatchObject({ environment_id: 424, stream_id: '007', threshold_value: '044.0' })
  expect(parseTriggerBody(xml(text))).toMatchObject({
    feedId: 424,
    name: null,
    rule: { conditions: [{ datastreamId: '007', type: 'eq', threshold: '044.0' }] },
    action: { kind: 'http', url: 'http://example.test/hook', format: 'form' },
  })
})

const json = (text: string): Body => ({ text, format: 'json', version: 'v2' })
const csv = (text: string): Body => ({ text, format: 'csv', version: 'v2' })

test.each([
  { parse: () => parseKeyBody(xml('<keys/>')), code: 'invalid', message: "Missing 'key' node from base node" },
  { parse: () => parseKeyBody(xml('<key/>')), code: 'unprocessable', message: "label can't be blank" },
  { parse: () => parseKeyBody(csv('lab')), code: 'invalid', message: "A key can't be read from CSV; send JSON or XML" },
  {
    parse: () => parseTriggerBody(xml('<trigger/>')),
    code: 'invalid',
    message: "Missing 'datastream-trigger' node from base node",
  },
  {
    parse: () => parseTriggerBody(xml('<datastream-trigger/>')),
    code: 'unprocessable',
    message: "environment_id can't be blank",
  },
  {
    parse: () => parseTriggerBody(csv('gt')),
    code: 'invalid',
    message: "A trigger can't be read from CSV; send JSON or XML",
  },
  { parse: () => parseTriggerBody(json('<x/>')), code: 'invalid', message: 'parse error: ' },
])('$code: $message', ({ parse, code, message }) => {
  expect(parse).toThrow(SluiceError)
  expect(parse).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})
