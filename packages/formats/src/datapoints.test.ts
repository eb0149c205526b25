import { expect, test } from 'vitest'
import type { Body } from './body.ts'
import { parseDatapointBody, parseDatapointsBody } from './datapoints.ts'
import { parseDatastreamBody, parseDatastreamsBody } from './datastreams.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const NOON = Date.UTC(2013, 0, 1, 12) * 1000
const json = (text: string): Body => ({ text, format: 'json', version: 'v2' })

test.each([
  ['{"datapoints":[{"at":"2013-01-01T12:00:00Z","value":7}]}', [{ at: NOON, value: '7' }]],
  ['{"at":"2013-01-01T12:00:00Z","value":"20.50"}', [{ at: NOON, value: '20.50' }]],
  ['{"value":1}', [{ value: '1' }]],
  ['{"datapoints":[]}', []],
])('datapoints %s', (text, points) => {
  expect(parseDatapointsBody(json(text), NOW)).toEqual(points)
})

test.each([
  ['{}', '"datapoints" must be an array'],
  ['{"datapoints":"1"}', '"datapoints" must be an array'],
  ['{"datapoints":[{"at":"2013-01-01T12:00:00Z"}]}', "datapoints_value can't be blank"],
  ['{"datapoints":[{"at":"noon","value":1}]}', 'datapoints_at is not an ISO 8601 timestamp'],
])('datapoints %s are refused', (text, message) => {
  expect(() => parseDatapointsBody(json(text), NOW)).toThrow(message)
})

test('500 datapoints are taken, 501 are not', () => {
  const body = (count: number) =>
    JSON.stringify({
      datapoints: Array.from({ length: count }, (_, index) => ({
        at: `2013-01-01T12:00:00.${String(index).padStart(6, '0')}Z`,
        value: index,
      })),
    })
  expect(parseDatapointsBody(json(body(500)), NOW)).toHaveLength(500)
  expect(() => parseDatapointsBody(json(body(501)), NOW)).toThrow("datapoints can't be more than 500 in one request")
})

test('the body of one datapoint', () => {
  expect(parseDatapointBody(json('{"value":9,"at":"ignored"}'))).toBe('9')
  expect(() => parseDatapointBody(json('{"at":"2013-01-01"}'))).toThrow("value can't be blank")
})

test.each([
  ['{"current_value":43}', { id: 'path', currentValue: '43' }],
  ['{"id":"other","current_value":"5","at":"2013-01-01T12:00:00Z"}', { id: 'path', currentValue: '5', at: NOON }],
  ['{"datastreams":[{"id":"x","current_value":"5"}]}', { id: 'path', currentValue: '5' }],
  ['{"current_value":null,"unit":{"label":null,"symbol":"W"}}', { id: 'path', unit: { symbol: 'W' } }],
])('datastream %s', (text, patch) => {
  expect(parseDatastreamBody(json(text), 'path', NOW)).toEqual(patch)
})

test.each([
  [`{"current_value":"${'x'.repeat(256)}"}`, 'current_value is too long (maximum is 255 characters)'],
  ['{"unit":{"type":"SI"}}', 'unit_type is not a valid unit_type (pick one from'],
  ['{"current_value":""}', "current_value can't be blank"],
  ['{"datastreams":[]}', '"datastreams" must hold the one datastream of the address'],
])('datastream %s is refused', (text, message) => {
  expect(() => parseDatastreamBody(json(text), 'path', NOW)).toThrow(message)
})

test('one or several datastreams are created', () => {
  expect(parseDatastreamsBody(json('{"version":"1.0.0","datastreams":[{"id":"x"},{"id":"y"}]}'), NOW)).toHaveLength(2)
  expect(parseDatastreamsBody(json('{"id":"energy","current_value":42}'), NOW)).toEqual([
    { id: 'energy', currentValue: '42' },
  ])
  expect(() => parseDatastreamsBody(json('{"datastreams":[]}'), NOW)).toThrow("datastreams can't be blank")
  expect(() => parseDatastreamsBody(json('{}'), NOW)).toThrow("id can't be blank")
})
