import type { KeyDocument, Representation, TriggerV2Document, UserDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { AT, boiler, environment, flow, v1, v2 } from './testing.ts'
import { KIND_FORMATS, writeRepresentation } from './write.ts'

const trigger: TriggerV2Document = {
  id: 40,
  threshold_value: '44',
  notified_at: '',
  url: 'http://example.test/hook',
  trigger_type: 'eq',
  stream_id: '1',
  environment_id: 424,
  user: 'ann',
}
const key: KeyDocument = {
  api_key: 'K',
  label: 'lab',
  private_access: true,
  permissions: [{ access_methods: ['get'], resources: [{ feed_id: 504, datastream_id: 'flow' }] }],
}
const user: UserDocument = {
  login: 'ann',
  email: 'ann@example.test',
  full_name: 'Ann',
  roles: ['admin'],
  created_at: AT,
}

test('a trigger and a list of them as XML, to the byte', () => {
  const node = `<datastream-trigger>
  <id type="integer">40</id>
  <url>http://example.test/hook</url>
  <trigger-type>eq</trigger-type>
  <threshold-value type="float">44</threshold-value>
  <notified-at type="datetime"></notified-at>
  <user>ann</user>
  <environment-id type="integer">424</environment-id>
  <stream-id>1</stream-id>
</datastream-trigger>`
  expect(v2({ kind: 'trigger', document: trigger }, 'xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n${node}`)
  expect(v2({ kind: 'triggers', document: [trigger] }, 'xml')).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<datastream-triggers type="array">\n${node.replaceAll(/^/gm, '  ')}\n</datastream-triggers>`,
  )
  expect(v2({ kind: 'triggers', document: [] }, 'xml')).toContain('<datastream-triggers type="array"/>')
  const { threshold_value: _, ...change } = trigger
  expect(v2({ kind: 'trigger', document: { ...change, trigger_type: 'change' } }, 'xml')).not.toContain('threshold')
})

test('a key and a list of them as XML, with whatever restricts it', () => {
  const restricted = {
    label: 'first',
    access_methods: key.permissions[0]?.access_methods ?? [],
    referer: 'http://r',
    source_ip: '127.0.0.1',
    minimum_interval: 5,
    resources: [{ datastream_trigger_id: 9 }, { feed_id: 504, datastream_id: 'flow' }],
  }
  const document: KeyDocument = {
    ...key,
    id: 7,
    expires_at: '2030-03-27T01:23:45Z',
    created_at: AT,
    permissions: [restricted],
  }
  const node = `<key>
  <id>7</id>
  <api-key>K</api-key>
  <expires-at>2030-03-27T01:23:45Z</expires-at>
  <label>lab</label>
  <private-access>true</private-access>
  <permissions>
    <permission>
      <label>first</label>
      <referer>http://r</referer>
      <source-ip>127.0.0.1</source-ip>
      <minimum-interval>5</minimum-interval>
      <access-methods>
        <access-method>get</access-method>
      </access-methods>
      <resources>
        <resource>
          <datastream-trigger-id>9</datastream-trigger-id>
        </resource>
        <resource>
          <feed-id>504</feed-id>
          <datastream-id>flow</datastream-id>
        </resource>
      </resources>
    </permission>
  </permissions>
  <created-at>${AT}</created-at>
</key>`
  expect(v2({ kind: 'key', document: { key: document } }, 'xml')).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n${node}`,
  )
  expect(v2({ kind: 'keys', document: { keys: [document] } }, 'xml')).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<keys type="array">\n${node.replaceAll(/^/gm, '  ')}\n</keys>`,
  )
})

test('users as XML', () => {
  const node = `<user>
  <login>ann</login>
  <email>ann@example.test</email>
  <full-name>Ann</full-name>
  <roles type="array">
    <role>admin</role>
  </roles>
  <created-at>${AT}</created-at>
</user>`
  expect(v2({ kind: 'user', document: { user } }, 'xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n${node}`)
  expect(v2({ kind: 'users', document: { users: [user] } }, 'xml')).toContain(node.replaceAll(/^/gm, '  '))
})

test('errors as XML: title and error are the first two nodes', () => {
  const document = { title: 'Not found', errors: 'No route matches [POST] "/v2/<x>&"' }
  expect(v2({ kind: 'error', document }, 'xml')).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><errors><title>Not found</title><error>No route matches [POST] "/v2/&lt;x&gt;&amp;"</error></errors>',
  )
  expect(v2({ kind: 'error', document: { title: 'T', errors: ['a', 'b'] } }, 'xml')).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><errors><title>T</title><error>a</error><error>b</error></errors>',
  )
})

test('version 1: the JSON of 0.6-alpha, to the byte', () => {
  expect(v1({ kind: 'feed', document: boiler }, 'json')).toBe(
    `{"id":504,"title":"Boiler","feed":"http://HOST/v1/feeds/504.json","status":"live","updated":"${AT}","version":"0.6-alpha",` +
      '"datastreams":[{"id":"flow","values":[{"recorded_at":"2013-05-06T20:08:17Z","value":"41.2","max_value":"90.0","min_value":"0.0"}],' +
      '"tags":["water"],"unit":{"type":"derivedSI","symbol":"°C","label":"Celsius"}}],' +
      '"location":{"disposition":"fixed","name":"cellar","exposure":"indoor","domain":"physical","ele":"23.0","lat":51.5,"lon":-0.1}}',
  )
  const document = { id: 'temp', version: '1.0.0' }
  expect(v1({ kind: 'datastream', document, environment }, 'json')).toBe('{"id":"temp","version":"0.6-alpha"}')
  expect(
    v1({ kind: 'datastreams', document: { version: '1.0.0', datastreams: [{ id: 'a' }] }, environment }, 'json'),
  ).toBe('{"version":"0.6-alpha","datastreams":[{"id":"a"}]}')
  const list = { totalResults: 1, startIndex: 0, itemsPerPage: 50, results: [boiler] }
  expect(v1({ kind: 'feeds', document: list }, 'json')).toMatch(
    /^\{"totalResults":1,"startIndex":0,"itemsPerPage":50,"results":\[\{"id":504,"title":"Boiler","feed":/,
  )
  expect(v1({ kind: 'trigger', document: trigger }, 'json')).toBe(JSON.stringify(trigger))
})

const every: Representation[] = [
  { kind: 'feed', document: boiler },
  { kind: 'feeds', document: { totalResults: 1, startIndex: 0, itemsPerPage: 50, results: [boiler] } },
  { kind: 'datastream', document: flow, environment },
  { kind: 'datastreams', document: { version: '1.0.0', datastreams: [flow] }, environment },
  { kind: 'datapoint', document: { at: AT, value: '41.0' } },
  { kind: 'trigger', document: trigger },
  { kind: 'triggers', document: [trigger] },
  { kind: 'key', document: { key } },
  { kind: 'keys', document: { keys: [key] } },
  { kind: 'activation', document: { apikey: 'K', feed_id: 1, datastreams: [] } },
  { kind: 'user', document: { user } },
  { kind: 'users', document: { users: [user] } },
  { kind: 'error', document: { title: 'T', errors: 'e' } },
]

test('the table of formats says what can be written', () => {
  expect(every.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(KIND_FORMATS).toSorted())
  for (const representation of every) {
    for (const format of ['json', 'xml', 'csv'] as const) {
      for (const version of ['v1', 'v2'] as const) {
        const text = writeRepresentation(representation, { format, version })
        expect([representation.kind, format, text !== null]).toEqual([
          representation.kind,
          format,
          KIND_FORMATS[representation.kind].includes(format),
        ])
      }
    }
    expect(v2(representation, 'json')).toBe(JSON.stringify(representation.document))
  }
})
