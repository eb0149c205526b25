import { expect, test } from 'vitest'
import { SluiceError } from '@sluice/model'
import type { Body } from './body.ts'
import { parseFeedBody } from './feeds.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const AT = Date.UTC(2013, 4, 6, 20, 8, 17, 123) * 1000 + 456

const json = (text: string): Body => ({ text, format: 'json', version: 'v2' })
const parse = (document: unknown) => parseFeedBody(json(JSON.stringify(document)), NOW)

/** What a body is refused with: code and sentences. */
function refusal(text: string): { code: string; messages: readonly string[] } | null {
  try {
    parseFeedBody(json(text), NOW)
    return null
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return { code: error.code, messages: error.messages }
  }
}

test('the vendor example', () => {
  expect(
    parse({
      version: '1.0.0',
      title: 'Boiler',
      tags: ['heat', 'house'],
      location: {
        name: 'cellar',
        lat: 51.5,
        lon: -0.1,
        ele: '23.0',
        domain: 'physical',
        exposure: 'indoor',
        disposition: 'fixed',
      },
      datastreams: [
        {
          id: 'flow',
          current_value: '41.2',
          at: '2013-05-06T20:08:17.123456Z',
          min_value: '0.0',
          max_value: '90.0',
          tags: ['water'],
          unit: { label: 'Celsius', symbol: '°C', type: 'derivedSI' },
          datapoints: [{ at: '2013-05-06T20:07:17Z', value: '41.0' }],
        },
      ],
    }),
  ).toEqual({
    title: 'Boiler',
    tags: ['heat', 'house'],
    location: {
      name: 'cellar',
      lat: 51.5,
      lon: -0.1,
      ele: '23.0',
      domain: 'physical',
      exposure: 'indoor',
      disposition: 'fixed',
    },
    datastreams: [
      {
        id: 'flow',
        currentValue: '41.2',
        at: AT,
        minValue: 0,
        maxValue: 90,
        tags: ['water'],
        unit: { label: 'Celsius', symbol: '°C', type: 'derivedSI' },
        datapoints: [{ at: AT - 60_123_456, value: '41.0' }],
      },
    ],
  })
})

test.each([
  [
    'whole resources come back',
    { id: 9, status: 'live', creator: 'c', updated: '2013', private: 'False' },
    { isPrivate: false },
  ],
  ['null is not supplied', { title: null, tags: null, location: null, datastreams: null, private: null }, {}],
  ['"" clears', { description: '', website: '' }, { description: null, website: null }],
  [
    'a place as text',
    { location: { lat: '51.5', lon: '', ele: 23, domain: 'PHYSICAL', exposure: '' } },
    { location: { lat: 51.5, ele: '23', domain: 'physical' } },
  ],
  [
    'the 0.6 layout',
    {
      version: '0.6-alpha',
      datastreams: [{ id: 0, values: [{ value: 1, recorded_at: '2013-05-06T20:08:17.123456Z' }] }],
    },
    { datastreams: [{ id: '0', currentValue: '1', at: AT }] },
  ],
  [
    'the 0.6 layout with its extremes',
    {
      version: '0.6',
      title: 'B',
      datastreams: [{ id: '0', values: [{ value: '1', max_value: '2.0', min_value: -1 }], unit: { label: 'C' } }],
    },
    {
      title: 'B',
      datastreams: [{ id: '0', currentValue: '1', maxValue: 2, minValue: -1, unit: { label: 'C' } }],
    },
  ],
  [
    'the 0.6 layout with several values',
    {
      version: '0.6-alpha',
      datastreams: [
        {
          id: '0',
          values: [
            { value: 1, recorded_at: '2013-05-06T20:08:17.123456Z' },
            { value: 2, recorded_at: '2013-05-06T20:08:17.123457Z', max_value: 3 },
          ],
        },
      ],
    },
    {
      datastreams: [
        {
          id: '0',
          maxValue: 3,
          datapoints: [
            { at: AT, value: '1' },
            { at: AT + 1, value: '2' },
          ],
        },
      ],
    },
  ],
  [
    'no value of the 0.6 layout is lost beside the present one',
    {
      datastreams: [
        {
          id: '0',
          current_value: 1,
          values: [{ value: 2, recorded_at: '2013-05-06T20:08:17.123456Z' }],
        },
      ],
    },
    { datastreams: [{ id: '0', currentValue: '1', datapoints: [{ at: AT, value: '2' }] }] },
  ],
  ['the 0.6 layout without a value', { datastreams: [{ id: '0', values: [{}] }] }, { datastreams: [{ id: '0' }] }],
  [
    'the time of the feed for values without one',
    {
      updated: '2013-05-06T20:08:17.123456Z',
      datastreams: [
        { id: 'a', current_value: 1 },
        { id: 'b', current_value: 2, at: '2013-05-06T20:08:17.123457Z' },
        { id: 'c', datapoints: [{ value: 3 }] },
        { id: 'd' },
      ],
    },
    {
      datastreams: [
        { id: 'a', currentValue: '1', at: AT },
        { id: 'b', currentValue: '2', at: AT + 1 },
        { id: 'c', datapoints: [{ at: AT, value: '3' }] },
        { id: 'd' },
      ],
    },
  ],
  [
    'but not the old time of a feed that comes back',
    { updated: '2013-05-06T20:08:17Z', created: '2013-05-06T20:08:17Z', datastreams: [{ id: 'a', current_value: 1 }] },
    { datastreams: [{ id: 'a', currentValue: '1' }] },
  ],
  ['a datastream without a value', { datastreams: [{ id: 'x' }] }, { datastreams: [{ id: 'x' }] }],
  ['letters of any script', { datastreams: [{ id: 'Größe-1.2+ß' }] }, { datastreams: [{ id: 'Größe-1.2+ß' }] }],
])('%s', (_, document, patch) => {
  expect(parse(document)).toEqual(patch)
})

const UNIT_TYPE =
  'datastreams_unit_type is not a valid unit_type (pick one from basicSI, derivedSI, conversionBasedUnits, derivedUnits, contextDependentUnits or leave blank)'

const NO_TIME = 'datastreams_at is not an ISO 8601 timestamp'

test.each([
  ['[]', 'invalid', ["JSON doesn't appear to be a hash"]],
  ['"x"', 'invalid', ["JSON doesn't appear to be a hash"]],
  ['{"datastreams":{}}', 'invalid', ['"datastreams" must be an array']],
  ['{"datastreams":[5]}', 'invalid', ["JSON doesn't appear to be a hash"]],
  ['{"title":" "}', 'unprocessable', ["title can't be blank"]],
  ['{"private":"maybe"}', 'unprocessable', ['private must be true or false']],
  [
    '{"datastreams":[{"id":"1"},{"id":"2"},{"id":"1"},{"id":2}]}',
    'unprocessable',
    ["datastreams can't have duplicate IDs: 1,2"],
  ],
  [
    '{"datastreams":[{"id":"a b"},{"id":".."},{}]}',
    'unprocessable',
    ['datastreams_id is invalid', "datastreams_id can't be blank"],
  ],
  [
    `{"datastreams":[{"id":"a","current_value":"${'x'.repeat(256)}"}]}`,
    'unprocessable',
    ['datastreams_current_value is too long (maximum is 255 characters)'],
  ],
  [
    `{"datastreams":[{"id":"a","tags":"${'x'.repeat(256)}"}]}`,
    'unprocessable',
    ['datastreams_tags is too long (maximum is 255 characters)'],
  ],
  ['{"datastreams":[{"id":"a","unit":{"type":"SI"}}]}', 'unprocessable', [UNIT_TYPE]],
  ['{"datastreams":[{"id":"a","max_value":"hot"}]}', 'unprocessable', ['datastreams_max_value is not a number']],
  [
    '{"datastreams":[{"id":"a","datapoints":[{"value":1},{"value":2}]}]}',
    'unprocessable',
    ["datastreams_datapoints_at can't be blank where several values are given"],
  ],
  [
    '{"datastreams":[{"id":"a","current_value":1,"datapoints":[{"value":2}]}]}',
    'unprocessable',
    ["datastreams_at can't be blank where several values are given"],
  ],
  [
    '{"updated":"2013-05-06","datastreams":[{"id":"a","current_value":1,"datapoints":[{"value":2}]}]}',
    'unprocessable',
    ["datastreams_at can't be blank where several values are given"],
  ],
  [
    '{"updated":"2013-05-06","datastreams":[{"id":"a","datapoints":[{"value":1},{"value":2}]}]}',
    'unprocessable',
    ["datastreams_datapoints_at can't be blank where several values are given"],
  ],
  ['{"updated":"now","datastreams":[{"id":"a","current_value":1}]}', 'unprocessable', [NO_TIME]],
  ['{"datastreams":[{"id":"a","values":{}}]}', 'invalid', ['"values" must be an array']],
  [
    '{"location":{"lat":91,"lon":"east"}}',
    'unprocessable',
    ['location_lat must be between -90 and 90 degrees', 'location_lon is not a number'],
  ],
])('%s is refused', (text, code, messages) => {
  expect(refusal(text)).toEqual({ code, messages })
})

test('broken JSON names the parser', () => {
  expect(refusal('{"title":')).toMatchObject({ code: 'invalid', messages: [expect.stringMatching(/^parse error: /)] })
})
