import { SluiceError } from '@sluice/model'
import { expect, test } from 'vitest'
import type { Body } from './body.ts'
import { parseDatapointBody, parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
import { parseFeedBody } from './feeds.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const AT = Date.UTC(2013, 4, 6, 20, 8, 17, 123) * 1000 + 456
const TIME = '2013-05-06T20:08:17.123456Z'

const xml = (text: string): Body => ({ text, format: 'xml', version: 'v2' })

function refusal(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return `${error.code}: ${error.message}`
  }
}

test('a whole feed, as the vendor writes it', () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<eeml xmlns="http://www.eeml.org/xsd/0.5.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="0.5.1"
  xsi:schemaLocation="http://www.eeml.org/xsd/0.5.1 http://www.eeml.org/xsd/0.5.1/0.5.1.xsd">
  <environment updated="${TIME}" created="${TIME}" id="504" creator="https://HOST/users/ann">
    <title>Boiler</title>
    <feed>http://HOST/v2/feeds/504.xml</feed>
    <auto_feed_url>http://a</auto_feed_url>
    <status>live</status>
    <description> d
    </description>
    <icon>http://i</icon>
    <website>http://w</website>
    <email>e@x</email>
    <private>true</private>
    <tag>house</tag>
    <tag>heat</tag>
    <location disposition="fixed" exposure="" domain="physical">
      <name>cellar</name>
      <lat>51.5</lat>
      <lon>-0.1</lon>
      <ele>23.0</ele>
      <waypoints/>
    </location>
    <user><login>ann</login></user>
    <data id="flow">
      <tag>water</tag>
      <current_value at="${TIME}">41.20</current_value>
      <max_value>90.0</max_value>
      <min_value>0.0</min_value>
      <unit type="derivedSI" symbol="°C">Celsius</unit>
      <datapoints>
        <value at="2013-05-06T20:07:17.123456Z">41.0</value>
        <value at="${TIME}">41.2</value>
      </datapoints>
    </data>
    <data id="temp"/>
  </environment>
</eeml>`
  const datastreams = [
    {
      id: 'flow',
      currentValue: '41.20',
      at: AT,
      maxValue: 90,
      minValue: 0,
      tags: ['water'],
      unit: { type: 'derivedSI', symbol: '°C', label: 'Celsius' },
      datapoints: [
        { at: AT - 60e6, value: '41.0' },
        { at: AT, value: '41.2' },
      ],
    },
    { id: 'temp' },
  ]
  expect(parseFeedBody(xml(text), NOW)).toEqual({
    title: 'Boiler',
    isPrivate: true,
    description: 'd',
    website: 'http://w',
    email: 'e@x',
    icon: 'http://i',
    autoFeedUrl: 'http://a',
    tags: ['heat', 'house'],
    location: { disposition: 'fixed', domain: 'physical', name: 'cellar', lat: 51.5, lon: -0.1, ele: '23.0' },
    datastreams,
  })
  expect(parseDatastreamsBody(xml(text), NOW)).toEqual(datastreams)
})

const eeml = (environment: string, root = '<eeml>') => `${root}${environment}</eeml>`
const ROOT_5 = '<eeml version="5">'

test.each([
  { what: 'nothing', text: eeml('<environment/>'), patch: {} },
  {
    what: 'what clears',
    text: eeml('<environment><description/><website></website><tag/></environment>'),
    patch: { description: null, website: null, tags: [] },
  },
  {
    what: 'any prefix',
    text: '<e:eeml xmlns:e="http://www.eeml.org/xsd/0.5.1"><e:environment><e:title>t</e:title></e:environment></e:eeml>',
    patch: { title: 't' },
  },
  {
    what: 'elements that nobody knows',
    text: eeml('<environment><colour>1</colour><title>t</title></environment><more/>'),
    patch: { title: 't' },
  },
  {
    what: 'a value without time',
    text: eeml('<environment><data id="a"><current_value> 1 </current_value></data></environment>'),
    patch: { datastreams: [{ id: 'a', currentValue: '1' }] },
  },
  {
    what: 'the time of the environment where a value has none',
    text: eeml(
      `<environment updated="${TIME}" created="${TIME}"><data id="a"><current_value at="">1</current_value></data><data id="b"><current_value at="2013-05-06T20:08:17.123457Z">2</current_value></data></environment>`,
    ),
    patch: {
      datastreams: [
        { id: 'a', currentValue: '1', at: AT },
        { id: 'b', currentValue: '2', at: AT + 1 },
      ],
    },
  },
  {
    what: 'EEML 5 by its version',
    text: eeml(
      `<environment updated="${TIME}"><title>B</title><data id="0"><tag>water</tag><value minValue="0.0" maxValue="90.0">41.2</value><unit symbol="C" type="derivedSI">Celsius</unit></data></environment>`,
      ROOT_5,
    ),
    patch: {
      title: 'B',
      datastreams: [
        {
          id: '0',
          tags: ['water'],
          currentValue: '41.2',
          at: AT,
          minValue: 0,
          maxValue: 90,
          unit: { symbol: 'C', type: 'derivedSI', label: 'Celsius' },
        },
      ],
    },
  },
  {
    what: 'EEML 5 by its namespace',
    text: eeml(
      '<environment><data id="0"><value>41.2</value></data></environment>',
      '<eeml xmlns="http://www.eeml.org/xsd/005">',
    ),
    patch: { datastreams: [{ id: '0', currentValue: '41.2' }] },
  },
])('a feed with $what', ({ text, patch }) => {
  for (const version of ['v1', 'v2'] as const) {
    expect(parseFeedBody({ text, format: 'xml', version }, NOW)).toEqual(patch)
  }
})

test.each([
  ['<eeml>', 'invalid: invalid format, unclosed tag: eeml at 1:6'],
  ['<feed/>', "invalid: Missing 'environment' node from base node"],
  ['<eeml/>', "invalid: Missing 'environment' node from base node"],
  [eeml('<environment/><environment/>'), "invalid: Multiple 'environment' nodes are not permitted"],
  [eeml('<environment><data id="1"/><data id="2"/><data id="1"/></environment>'), 'invalid: Duplicate datastream ids'],
  [eeml('<environment><data/><data/></environment>'), "unprocessable: datastreams_id can't be blank"],
  [eeml('<environment><data id="a b"/></environment>'), 'unprocessable: datastreams_id is invalid'],
  [eeml('<environment><title> </title></environment>'), "unprocessable: title can't be blank"],
  [
    eeml('<environment><data id="a"><current_value/></data></environment>'),
    "unprocessable: datastreams_current_value can't be blank",
  ],
  [
    eeml(
      '<environment><data id="a"><current_value>1</current_value><current_value>2</current_value></data></environment>',
    ),
    "invalid: Multiple 'current_value' nodes are not permitted in one 'data'",
  ],
  [
    eeml(
      '<environment updated="2013-05-06"><data id="a"><value>1</value><value>2</value></data></environment>',
      ROOT_5,
    ),
    "unprocessable: datastreams_datapoints_at can't be blank where several values are given",
  ],
  [
    eeml(`<environment><data id="a"><current_value>${'x'.repeat(256)}</current_value></data></environment>`),
    'unprocessable: datastreams_current_value is too long (maximum is 255 characters)',
  ],
  [
    eeml(`<environment><data id="a"><tag>${'x'.repeat(256)}</tag></data></environment>`),
    'unprocessable: datastreams_tags is too long (maximum is 255 characters)',
  ],
  [
    eeml('<environment><data id="a"><unit type="SI"/></data></environment>'),
    'unprocessable: datastreams_unit_type is not a valid unit_type (pick one from basicSI, derivedSI, conversionBasedUnits, derivedUnits, contextDependentUnits or leave blank)',
  ],
])('a feed %s is refused', (text, sentence) => {
  expect(refusal(() => parseFeedBody(xml(text), NOW))).toBe(sentence)
})

test.each([
  ['<data id="other"><current_value>5</current_value></data>', { id: 'path', currentValue: '5' }],
  [`<data><current_value at="${TIME}">5</current_value></data>`, { id: 'path', currentValue: '5', at: AT }],
  ['<data><value maxValue="7">5</value></data>', { id: 'path', currentValue: '5', maxValue: 7 }],
  ['<data/>', { id: 'path' }],
  ['', "invalid: Missing 'data' node from source document"],
  ['<data/><data/>', "invalid: Multiple 'data' nodes are not permitted for Datastream level XML"],
  ['<data><current_value/></data>', "unprocessable: current_value can't be blank"],
])('a datastream %s', (data, outcome) => {
  const body = xml(eeml(`<environment>${data}</environment>`))
  expect(refusal(() => parseDatastreamBody(body, 'path', NOW))).toEqual(outcome)
})

const TWO = `<value at="${TIME}">1</value><value at="2013-05-06T20:08:17.123457Z">2</value>`
const TWO_POINTS = [
  { at: AT, value: '1' },
  { at: AT + 1, value: '2' },
]

test.each([
  [`<environment><data><datapoints>${TWO}</datapoints></data></environment>`, TWO_POINTS],
  [`<environment><data>${TWO}</data></environment>`, TWO_POINTS],
  [
    `<environment updated="${TIME}"><data><datapoints><value>1</value></datapoints></data></environment>`,
    [{ at: AT, value: '1' }],
  ],
  ['<environment><data><datapoints/></data></environment>', []],
  ['<environment/>', "invalid: Missing 'data' node from source document"],
  [
    '<environment><data/><data/></environment>',
    "invalid: Multiple 'data' nodes are not permitted for Datastream level XML",
  ],
  [
    '<environment><data><datapoints><value>1</value><value>2</value></datapoints></data></environment>',
    "unprocessable: datapoints_at can't be blank where several values are given",
  ],
  [
    '<environment><data><datapoints><value at="noon">1</value></datapoints></data></environment>',
    'unprocessable: datapoints_at is not an ISO 8601 timestamp',
  ],
  [
    `<environment><data><datapoints>${'<value at="2013">1</value>'.repeat(501)}</datapoints></data></environment>`,
    "unprocessable: datapoints can't be more than 500 in one request; nothing was stored",
  ],
])('datapoints %s', (environment, outcome) => {
  expect(refusal(() => parseDatapointsBody(xml(eeml(environment)), NOW))).toEqual(outcome)
})

test.each([
  [`<data><datapoints><value at="${TIME}">41.0</value></datapoints></data>`, '41.0'],
  ['<data><datapoints><value>&lt; 1</value></datapoints></data>', '< 1'],
  ['', "invalid: Missing 'data' node from source document"],
  ['<data/><data/>', "invalid: Multiple 'data' nodes are not permitted for Datapoint level XML"],
  [
    `<data><datapoints>${TWO}</datapoints></data>`,
    "invalid: Multiple 'value' nodes are not permitted for Datapoint level XML",
  ],
  ['<data><datapoints/></data>', "unprocessable: value can't be blank"],
])('the body of one datapoint %s', (data, outcome) => {
  expect(refusal(() => parseDatapointBody(xml(eeml(`<environment>${data}</environment>`))))).toBe(outcome)
})
