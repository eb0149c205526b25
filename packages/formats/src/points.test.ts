import { expect, test } from 'vitest'
import { readAddressedDatapoint } from './points.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const NOON = Date.UTC(2013, 0, 1, 12) * 1000

test.each([
  [
    { datastream: 't', value: 21.5 },
    { datastream: 't', value: '21.5' },
  ],
  [
    { datastream: 't', value: '20.50', at: '2013-01-01T12:00:00Z' },
    { datastream: 't', value: '20.50', at: NOON },
  ],
  [
    { datastream: 0, value: 'on', at: null },
    { datastream: '0', value: 'on' },
  ],
  [{ value: 1 }, { reason: "datastream can't be blank" }],
  [
    { datastream: 'a b', at: 'x' },
    { reason: "datastream is invalid; value can't be blank; at is not an ISO 8601 timestamp" },
  ],
  ['21.5', { reason: 'a datapoint must be an object with datastream, at and value' }],
])('%o', (entry, read) => {
  expect(readAddressedDatapoint(entry, NOW)).toEqual(read)
})
