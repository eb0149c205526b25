import { SluiceError } from '@sluice/model'
import { expect, test } from 'vitest'
import { parseDatastreamCsv, parseFeedCsv } from './csv.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const NOON = Date.UTC(2013, 0, 1, 12) * 1000

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
  ['a,2013-01-01T12:00:00Z,1', [{ id: 'a', currentValue: '1', at: NOON }]],
  ['a,,1', [{ id: 'a', currentValue: '1' }]],
  ['a,"x, ""y""\nz"', [{ id: 'a', currentValue: 'x, "y"\nz' }]],
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
  expect(parseFeedCsv(text, NOW)).toEqual({ datastreams })
})

test.each([
  ['', 'invalid: Submitted CSV is empty.'],
  ['\r\n\n', 'invalid: Submitted CSV is empty.'],
  ['21.5', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,1\n\nb,2', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,2013-01-01T12:00:00Z,1,2', 'invalid: CSV is invalid. Incorrect number of fields'],
  ['a,1\na,2', 'invalid: CSV is invalid. If multiple values given they must include a timestamp for all values'],
  ['a,"1', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,1"2', 'invalid: CSV is invalid. A quote is not closed, or stands inside a field'],
  ['a,', "unprocessable: datastreams_current_value can't be blank"],
  ['a b,1', 'unprocessable: datastreams_id is invalid'],
  ['a,yesterday,1', 'unprocessable: datastreams_at is not an ISO 8601 timestamp'],
  [`a,${'9'.repeat(256)}`, 'unprocessable: datastreams_current_value is too long (maximum is 255 characters)'],
])('a feed refuses %j', (text, sentence) => {
  expect(refusal(() => parseFeedCsv(text, NOW))).toBe(sentence)
})

test.each([
  ['21.5', { id: 't', currentValue: '21.5' }],
  ['"21,5"\n', { id: 't', currentValue: '21,5' }],
  ['2013-01-01T12:00:00Z,21.50', { id: 't', currentValue: '21.50', at: NOON }],
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
  expect(parseDatastreamCsv(text, 't', NOW)).toEqual(patch)
})

test.each([
  ['', 'invalid: CSV is invalid. Submitted data appears to be empty'],
  ['a,b,c', 'invalid: CSV is invalid. Too many fields; must only be a single value, or a timestamp and a value'],
  [
    '1\n2',
    'invalid: CSV is invalid. If multiple values are included, then a timestamp and value must be submitted for every row',
  ],
  ['21,5', 'unprocessable: at is not an ISO 8601 timestamp'],
])('a datastream refuses %j', (text, sentence) => {
  expect(refusal(() => parseDatastreamCsv(text, 't', NOW))).toBe(sentence)
})

test('a quarter of a megabyte of blanks and quotes is refused at once', () => {
  for (const text of [`a,${' '.repeat(262_144)}"`, `a,"${'""'.repeat(131_072)}`, '"a" '.repeat(65_536)]) {
    expect(refusal(() => parseFeedCsv(text, NOW))).toContain('A quote is not closed')
  }
}, 2000)
