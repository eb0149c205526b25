import type { DatastreamDocument, Representation } from '@sluice/model'
import { expect, test } from 'vitest'
import { AT, boiler, environment, flow, v1, v2 } from './testing.ts'

test.each<{ what: string; representation: Representation; csv: string }>([
  {
    what: 'feed',
    representation: { kind: 'feed', document: { ...boiler, datastreams: [flow, { id: 'temp' }] } },
    csv: `flow,${AT},41.2\ntemp,,""`,
  },
  {
    what: 'feed without datastreams',
    representation: { kind: 'feed', document: { ...boiler, datastreams: [] } },
    csv: '',
  },
  { what: 'datastream', representation: { kind: 'datastream', document: flow, environment }, csv: `${AT},41.2` },
  {
    what: 'datastream without a value',
    representation: { kind: 'datastream', document: { id: 'temp' }, environment },
    csv: ',""',
  },
  {
    what: 'list of datastreams',
    representation: {
      kind: 'datastreams',
      document: { version: '1.0.0', datastreams: [flow, { id: 'temp' }] },
      environment,
    },
    csv: `flow,${AT},41.2\ntemp,,""`,
  },
  { what: 'datapoint', representation: { kind: 'datapoint', document: { at: AT, value: '41.0' } }, csv: '41.0' },
  {
    what: 'datapoint with a comma',
    representation: { kind: 'datapoint', document: { at: AT, value: '41,"0"' } },
    csv: '"41,""0"""',
  },
  {
    what: 'search',
    representation: {
      kind: 'feeds',
      document: {
        totalResults: 2,
        startIndex: 0,
        itemsPerPage: 50,
        results: [
          { ...boiler, datastreams: [flow, { id: 'temp' }] },
          { ...boiler, id: 505, datastreams: [{ ...flow, current_value: 'a,b' }] },
        ],
      },
    },
    csv: `504,flow,${AT},41.2\n504,temp,,""\n505,flow,${AT},"a,b"`,
  },
  {
    what: 'activation',
    representation: {
      kind: 'activation',
      document: { apikey: 'K', feed_id: 123, datastreams: ['temperature', 'power'] },
    },
    csv: 'K,123,2,temperature,power',
  },
  {
    what: 'activation without datastreams',
    representation: { kind: 'activation', document: { apikey: 'K', feed_id: 123, datastreams: [] } },
    csv: 'K,123,0',
  },
  {
    what: 'error',
    representation: { kind: 'error', document: { title: 'Not found', errors: 'Not Found' } },
    csv: 'Not Found',
  },
  {
    what: 'error with several sentences',
    representation: {
      kind: 'error',
      document: { title: 'Unprocessable Entity', errors: ["title can't be blank", 'email, too'] },
    },
    csv: "title can't be blank\nemail, too",
  },
])('CSV of a $what', ({ representation, csv }) => {
  expect(v2(representation, 'csv')).toBe(csv)
})

const history = (id: string, ...datapoints: [string, string][]): DatastreamDocument => ({
  ...flow,
  id,
  datapoints: datapoints.map(([at, value]) => ({ at, value })),
})

test('history of a feed is sorted by time across its datastreams', () => {
  const datastreams = [
    history('b', ['2013-05-06T20:00:01.000000Z', '1'], ['2013-05-06T20:00:03.000000Z', '3']),
    { ...flow, id: 'none' },
    history('a', ['2013-05-06T20:00:01.000000Z', '1'], ['2013-05-06T20:00:02.000000Z', '2,5']),
  ]
  const rows =
    'b,2013-05-06T20:00:01.000000Z,1\na,2013-05-06T20:00:01.000000Z,1\na,2013-05-06T20:00:02.000000Z,"2,5"\nb,2013-05-06T20:00:03.000000Z,3'
  expect(v2({ kind: 'feed', document: { ...boiler, datastreams } }, 'csv')).toBe(rows)
  expect(v2({ kind: 'datastreams', document: { version: '1.0.0', datastreams }, environment }, 'csv')).toBe(rows)
  const results = [{ ...boiler, datastreams }]
  const list = { totalResults: 1, startIndex: 0, itemsPerPage: 50, results }
  expect(v2({ kind: 'feeds', document: list, isHistory: true }, 'csv')).toBe(rows.replaceAll(/^/gm, '504,'))
})

test('times with offsets are sorted by time, not by text', () => {
  const datastreams = [
    history('a', ['2013-10-27T02:30:00.000000+02:00', '1'], ['2013-10-27T02:10:00.000000+01:00', '3']),
    history('b', ['2013-10-27T02:45:00.000000+02:00', '2']),
  ]
  const rows = v2({ kind: 'feed', document: { ...boiler, datastreams } }, 'csv')?.split('\n')
  expect(rows?.map((row) => row.split(',')[2])).toEqual(['1', '2', '3'])
})

test('history of a datastream, also where nothing was found', () => {
  const found = history('a', [AT, '1'], [AT, 'x"y'])
  expect(v2({ kind: 'datastream', document: found, environment }, 'csv')).toBe(`${AT},1\n${AT},"x""y"`)
  expect(v2({ kind: 'datastream', document: flow, environment, isHistory: true }, 'csv')).toBe('')
  expect(v2({ kind: 'feed', document: { ...boiler, datastreams: [flow] }, isHistory: true }, 'csv')).toBe('')
  expect(v2({ kind: 'feed', document: { ...boiler, datastreams: [found] }, isHistory: false }, 'csv')).toBe(
    `a,${AT},41.2`,
  )
})

test('version 1: CSV is values by position, of a datastream the bare value', () => {
  const datastreams = [flow, { id: 'temp' }, { ...flow, current_value: 'a,b' }]
  expect(v1({ kind: 'feed', document: { ...boiler, datastreams } }, 'csv')).toBe('41.2,"","a,b"')
  expect(v1({ kind: 'datastream', document: flow, environment }, 'csv')).toBe('41.2')
})
