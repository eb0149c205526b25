import { SluiceError, type ApiVersion } from '@sluice/model'
import { expect, test } from 'vitest'
import type { Body } from './body.ts'
import { writeCell } from './csv.ts'
import { parseDatapointBody, parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'
import { parseFeedBody } from './feeds.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const NOON = Date.UTC(2013, 0, 1, 12) * 1000

const csv = (text: string, version: ApiVersion = 'v2'): Body => ({ text, format: 'csv', version })

function refusal(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return `${error.code}: ${error.message}`
  }
}

test.each([
  ['temperature,21.5', [{ id: 'temperature', currentValue: '21.5' }]],
  ['temperature,21.5\n', [{ id: 'temperature', currentValue: '21.5' }]],
  [
    ' a , 20.50 \r\nb,2\r\n\r\n',
    [
      { id: 'a', currentValue: '20.50' },
      { id: 'b', currentValue: '2' },
    ],
  ],
  [
    '\r\n\na,1\rb,2\r',
    [
      { id: 'a', currentValue: '1' },
      { id: 'b', currentValue: '2' },
    ],
  ],
  ['a,2013-01-01T12:00:00Z,1', [{ id: 'a', currentValue: '1', at: NOON }]],
  ['a,,1', [{ id: 'a', currentValue: '1' }]],
  ['a,"x, ""y""\nz"', [{ id: 'a', currentValue: 'x, "y"\nz' }]],
  ['a , " 1 "\n"b"\t,""""', [{ id: 'a', currentValue: '1' }].concat({ id: 'b', currentValue: '"' })],
  ['temp,,""', [{ id: 'temp' }]],
  ['a,=HYPERLINK("x")'.replaceAll('"', ''), [{ id: 'a', currentValue: '=HYPERLINK(x)' }]],
  ['a,-12.5\nb,"@SUM(1+1)"', [{ id: 'a', currentValue: '-12.5' }].concat({ id: 'b', currentValue: '@SUM(1+1)' })],
  [
    'a,2013-01-01T12:00:00Z,1\na,2013-01-01T12:00:01Z,2',
    [
      {
        id: 'a',
        datapoints: [
          { at: NOON, value: '1' },
          { at: NOON + 1e6, value: '2' },
        ],
      },
    ],
  ],
])('a feed takes %j', (text, datastreams) => {
  expect(parseFeedBody(csv(text), NOW)).toEqual({ datastreams })
  expect(parseDatastreamsBody(csv(text), NOW)).toEqual(datastreams)
})

test.each([
  ['', 'invalid: Submitted CSV is empty.'],
  ['\r\n\n', 'invalid: Submitted CSV is empty.'],
  ['21.5', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,1\n\nb,2', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,2013-01-01T12:00:00Z,1,2', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,1\na,2', 'invalid: CSV is invalid. If multiple values given they must include a timestamp for all values'],
  [
    'a,2013-01-01T12:00:00Z,1\na,2',
    'invalid: CSV is invalid. If multiple values given they must include a timestamp for all values',
  ],
  ['a,"1', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,"1""', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,1"2', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,"1"2', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,', "unprocessable: datastreams_current_value can't be blank"],
  [',1', "unprocessable: datastreams_id can't be blank"],
  ['a b,1', 'unprocessable: datastreams_id is invalid'],
  ['a,yesterday,1', 'unprocessable: datastreams_at is not an ISO 8601 timestamp'],
  [`a,${'9'.repeat(256)}`, 'unprocessable: datastreams_current_value is too long (maximum is 255 characters)'],
  ['a,1\0', 'unprocessable: datastreams_current_value contains a NUL character or half of a character pair'],
])('a feed refuses %j', (text, sentence) => {
  expect(refusal(() => parseFeedBody(csv(text), NOW))).toBe(sentence)
})

test.each([
  ['41.2', [{ id: '0', currentValue: '41.2' }]],
  [
    ' 1 ,,"3,5"\r\n',
    [
      { id: '0', currentValue: '1' },
      { id: '2', currentValue: '3,5' },
    ],
  ],
  ['"",2', [{ id: '1', currentValue: '2' }]],
])('version 1 takes %j by position', (text, datastreams) => {
  expect(parseFeedBody(csv(text, 'v1'), NOW)).toEqual({ datastreams })
})

test.each([
  ['', 'invalid: Submitted CSV is empty.'],
  [
    '1,2\n3,4\n5',
    'invalid: CSV is invalid. Currently we can only accept CSV for your most recent set of values. You have submitted 3 rows of data.',
  ],
])('version 1 refuses %j', (text, sentence) => {
  expect(refusal(() => parseFeedBody(csv(text, 'v1'), NOW))).toBe(sentence)
})

test.each([
  ['21.5', { id: 't', currentValue: '21.5' }],
  ['"21,5"\n', { id: 't', currentValue: '21,5' }],
  ['2013-01-01T12:00:00Z,21.50', { id: 't', currentValue: '21.50', at: NOON }],
  [',21.5', { id: 't', currentValue: '21.5' }],
  [',""', { id: 't' }],
  [
    '2013-01-01T12:00:00Z,1\n2013-01-01T12:00:01Z,2\n',
    {
      id: 't',
      datapoints: [
        { at: NOON, value: '1' },
        { at: NOON + 1e6, value: '2' },
      ],
    },
  ],
])('a datastream takes %j', (text, patch) => {
  expect(parseDatastreamBody(csv(text), 't', NOW)).toEqual(patch)
  expect(parseDatastreamBody(csv(text, 'v1'), 't', NOW)).toEqual(patch)
})

test.each([
  ['', 'invalid: CSV is invalid. Submitted data appears to be empty'],
  ['a,b,c', 'invalid: CSV is invalid. Too many fields; must only be a single value, or a timestamp and a value'],
  [
    '1\n2',
    'invalid: CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
  ],
  [
    '2013-01-01T12:00:00Z,1\n2',
    'invalid: CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
  ],
  ['21,5', 'unprocessable: at is not an ISO 8601 timestamp'],
  ['""', "unprocessable: current_value can't be blank"],
])('a datastream refuses %j', (text, sentence) => {
  expect(refusal(() => parseDatastreamBody(csv(text), 't', NOW))).toBe(sentence)
})

test.each([
  ['2013-01-01T12:00:00Z,1', [{ at: NOON, value: '1' }]],
  ['7', [{ value: '7' }]],
  [
    '2013-01-01T12:00:00Z,1\r\n2013-01-01T12:00:01Z,"a,b"',
    [
      { at: NOON, value: '1' },
      { at: NOON + 1e6, value: 'a,b' },
    ],
  ],
])('datapoints %j', (text, points) => {
  expect(parseDatapointsBody(csv(text), NOW)).toEqual(points)
})

test.each([
  ['', 'invalid: CSV is invalid. Submitted data appears to be empty'],
  ['1,2,3', 'invalid: CSV is invalid. Too many fields; must only be a single value, or a timestamp and a value'],
  [
    '1\n2',
    'invalid: CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
  ],
  ['noon,1', 'unprocessable: datapoints_at is not an ISO 8601 timestamp'],
])('datapoints %j are refused', (text, sentence) => {
  expect(refusal(() => parseDatapointsBody(csv(text), NOW))).toBe(sentence)
})

test.each([
  ['41.0', '41.0'],
  [' "a, b" \r\n', 'a, b'],
  ['', 'invalid: CSV is invalid. Submitted data appears to be empty'],
  ['21,5', 'invalid: CSV is invalid. Too many fields; must only be a single value'],
  ['1\n2', 'invalid: CSV is invalid. Too many rows; must only be a single value'],
  ['""', "unprocessable: value can't be blank"],
])('the body of one datapoint %j is %j', (text, outcome) => {
  expect(refusal(() => parseDatapointBody(csv(text)))).toBe(outcome)
})

const rows = (count: number, row: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => row(n)).join('\n')
const timed = (count: number) => rows(count, (n) => `2013-01-01T12:00:00.${n + 1000}Z,1`)
const TOO_MANY_POINTS = "unprocessable: datapoints can't be more than 500 in one request; nothing was stored"

test('what is beyond a limit is refused with its name', () => {
  const feed = (text: string, version: ApiVersion = 'v2') => refusal(() => parseFeedBody(csv(text, version), NOW))
  expect(feed(rows(1001, (n) => `s${n},1`))).toBe("unprocessable: datastreams can't be more than 1000")
  expect(feed(rows(1501, (n) => `s${n},1`))).toBe('invalid: CSV is invalid. More than 1500 rows')
  expect(feed(timed(501).replaceAll(/^/gm, 'a,'))).toBe(TOO_MANY_POINTS)
  expect(feed('1,'.repeat(1000), 'v1')).toBe('invalid: CSV is invalid. More than 1000 values in a row')
  expect(feed('1\n'.repeat(1501), 'v1')).toBe('invalid: CSV is invalid. More than 1500 rows')
  expect(refusal(() => parseDatastreamBody(csv(timed(501)), 't', NOW))).toBe(TOO_MANY_POINTS)
  expect(refusal(() => parseDatapointsBody(csv(timed(2000)), NOW))).toBe(TOO_MANY_POINTS)
})

test('what is just within the limits is read', () => {
  expect(parseDatapointsBody(csv(timed(500)), NOW)).toHaveLength(500)
  expect(parseFeedBody(csv(rows(1000, (n) => `s${n},1`)), NOW).datastreams).toHaveLength(1000)
  expect(parseFeedBody(csv('1,'.repeat(999), 'v1'), NOW).datastreams).toHaveLength(999)
  const both = `${rows(999, (n) => `s${n},1`)}\n${timed(500).replaceAll(/^/gm, 'a,')}`
  expect(parseFeedBody(csv(both), NOW).datastreams).toHaveLength(1000)
})

test.each([
  ['41.0', '41.0'],
  ['', '""'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['cr\r', '"cr\r"'],
  [' blank', '" blank"'],
  ['=1+1', '=1+1'],
])('the cell of %j is %j', (text, cell) => {
  expect(writeCell(text)).toBe(cell)
})
