import type { FeedDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { AT, boiler, environment, flow, v1, v2 } from './testing.ts'

const ROOT =
  '<eeml xmlns="http://www.eeml.org/xsd/0.5.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="0.5.1" xsi:schemaLocation="http://www.eeml.org/xsd/0.5.1 http://www.eeml.org/xsd/0.5.1/0.5.1.xsd">'
const FEED_NODES = `    <title>Boiler</title>
    <feed>http://HOST/v2/feeds/504.xml</feed>
    <status>live</status>
    <private>false</private>
    <tag>heat</tag>
    <tag>house</tag>
    <location disposition="fixed" exposure="indoor" domain="physical">
      <name>cellar</name>
      <lat>51.5</lat>
      <lon>-0.1</lon>
      <ele>23.0</ele>
    </location>
    <data id="flow">
      <tag>water</tag>
      <current_value at="2013-05-06T20:08:17.123456Z">41.2</current_value>
      <max_value>90.0</max_value>
      <min_value>0.0</min_value>
      <unit type="derivedSI" symbol="°C">Celsius</unit>
      <datapoints>
        <value at="2013-05-06T20:07:17.123456Z">41.0</value>
        <value at="2013-05-06T20:08:17.123456Z">41.2</value>
      </datapoints>
    </data>
  </environment>
</eeml>`

test('the vendor rendering of a feed as XML, to the byte', () => {
  expect(v2({ kind: 'feed', document: boiler }, 'xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
${ROOT}
  <environment updated="${AT}" created="${AT}" id="504" creator="https://HOST/users/ann">
${FEED_NODES}`)
})

test('a search declares OpenSearch and has another order of attributes', () => {
  const list = { totalResults: 1, startIndex: 0, itemsPerPage: 50, results: [boiler] }
  const root = ROOT.replace(' version', ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" version')
  expect(v2({ kind: 'feeds', document: list }, 'xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
${root}
  <opensearch:totalResults>1</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  <opensearch:itemsPerPage>50</opensearch:itemsPerPage>
  <environment created="${AT}" updated="${AT}" id="504" creator="https://HOST/users/ann">
${FEED_NODES}`)
})

test('every optional element of a feed stands in its place', () => {
  const full: FeedDocument = {
    ...boiler,
    auto_feed_url: 'a',
    description: 'd',
    icon: 'i',
    website: 'w',
    email: 'e',
    product_id: 'p',
    device_serial: 's',
    user: { login: 'ann' },
  }
  const names = /^ {4}<(\w+)/gm
  const text = v2({ kind: 'feed', document: full }, 'xml') ?? ''
  expect(Array.from(text.matchAll(names), ([, name]) => name).join(' ')).toBe(
    'title feed auto_feed_url status description icon website email product_id device_serial private tag tag location user data',
  )
  expect(text).toContain('    <user>\n      <login>ann</login>\n    </user>\n')
})

test('a datastream, one without a value, and a datapoint as XML', () => {
  const head = `<?xml version="1.0" encoding="UTF-8"?>
${ROOT}
  <environment updated="${AT}" created="${AT}" id="504" creator="https://HOST/users/ann">`
  expect(v2({ kind: 'datastream', document: { ...flow, version: '1.0.0' }, environment }, 'xml')).toBe(`${head}
    <data id="flow">
      <tag>water</tag>
      <current_value at="${AT}">41.2</current_value>
      <max_value>90.0</max_value>
      <min_value>0.0</min_value>
      <unit type="derivedSI" symbol="°C">Celsius</unit>
    </data>
  </environment>
</eeml>`)
  const datastreams = [{ id: 'temp' }, { id: 'w', unit: { symbol: 'W' } }]
  expect(v2({ kind: 'datastreams', document: { version: '1.0.0', datastreams }, environment }, 'xml')).toBe(`${head}
    <data id="temp"/>
    <data id="w">
      <unit symbol="W"/>
    </data>
  </environment>
</eeml>`)
  expect(v2({ kind: 'datapoint', document: { at: AT, value: '41.0' } }, 'xml'))
    .toBe(`<?xml version="1.0" encoding="UTF-8"?>
${ROOT}
  <environment>
    <data>
      <datapoints>
        <value at="${AT}">41.0</value>
      </datapoints>
    </data>
  </environment>
</eeml>`)
})

test('the place of a mobile feed', () => {
  const place = (location: FeedDocument['location']) => {
    const text = v2({ kind: 'feed', document: { ...boiler, ...(location && { location }) } }, 'xml') ?? ''
    return text.slice(text.indexOf('<location'), text.indexOf('<data')).trimEnd()
  }
  expect(place({ disposition: 'mobile', domain: 'physical', lat: 1.25, lon: 2 })).toBe(
    `<location disposition="mobile" exposure="" domain="physical">
      <lat>1.25</lat>
      <lon>2</lon>
      <waypoints/>
    </location>`,
  )
  expect(place({ domain: 'physical' })).toBe('<location disposition="" exposure="" domain="physical"/>')
  expect(place({ disposition: 'mobile', domain: 'physical', waypoints: [{ at: AT, lat: 1, lon: -2 }] })).toBe(
    `<location disposition="mobile" exposure="" domain="physical">
      <waypoints>
        <waypoint at="${AT}">
          <lat>1</lat>
          <lon>-2</lon>
        </waypoint>
      </waypoints>
    </location>`,
  )
})

test('what XML cannot hold as it is', () => {
  const odd: FeedDocument = { ...boiler, title: '<a> & "b"\r\n\t\u0001\uFFFFé🜁', datastreams: [] }
  expect(v2({ kind: 'feed', document: odd }, 'xml')).toContain(
    '<title>&lt;a&gt; &amp; "b"&#13;\n\t\uFFFD\uFFFDé🜁</title>',
  )
  const document = { id: 'a', unit: { symbol: '"<&>\r\n\t\u0002' } }
  expect(v2({ kind: 'datastream', document, environment }, 'xml')).toContain(
    '<unit symbol="&quot;&lt;&amp;&gt;&#13;&#10;&#9;\uFFFD"/>',
  )
})

const ROOT_5 =
  '<eeml xmlns="http://www.eeml.org/xsd/005" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="5" xsi:schemaLocation="http://www.eeml.org/xsd/005 http://www.eeml.org/xsd/005/005.xsd">'

test('version 1: EEML 5, to the byte', () => {
  const document: FeedDocument = {
    ...boiler,
    description: 'd',
    user: { login: 'ann' },
    auto_feed_url: 'a',
    product_id: 'p',
  }
  expect(v1({ kind: 'feed', document }, 'xml')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
${ROOT_5}
  <environment updated="2013-05-06T20:08:17Z" id="504" creator="http://www.haque.co.uk">
    <title>Boiler</title>
    <feed>http://HOST/v1/feeds/504.xml</feed>
    <status>live</status>
    <description>d</description>
    <location disposition="fixed" exposure="indoor" domain="physical">
      <name>cellar</name>
      <lat>51.5</lat>
      <lon>-0.1</lon>
      <ele>23.0</ele>
    </location>
    <data id="flow">
      <tag>water</tag>
      <value minValue="0.0" maxValue="90.0">41.2</value>
      <unit type="derivedSI" symbol="°C">Celsius</unit>
    </data>
  </environment>
</eeml>`)
  const datastream = { ...flow, at: '2013-05-06T22:08:17.5+02:00' }
  expect(v1({ kind: 'datastream', document: datastream, environment }, 'xml')).toContain(
    '<environment updated="2013-05-06T22:08:17+02:00" id="504" creator="http://www.haque.co.uk">',
  )
  const list = { totalResults: 1, startIndex: 0, itemsPerPage: 50, results: [boiler] }
  expect(v1({ kind: 'feeds', document: list }, 'xml')).toContain(
    '<environment updated="2013-05-06T20:08:17Z" id="504" creator="http://www.haque.co.uk">\n    <title>Boiler</title>',
  )
})
