import type { FeedDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { applyDatapoints } from './apply-datapoints.ts'

const feed: FeedDocument = {
  id: 1977,
  title: 'Greenhouse',
  private: 'true',
  feed: 'http://localhost/v2/feeds/1977.json',
  status: 'live',
  updated: '2026-11-22T12:00:00.000000Z',
  created: '2026-11-22T11:00:00.000000Z',
  creator: 'http://localhost/users/demo',
  version: '1.0.0',
  datastreams: [
    { id: 'temp', current_value: '20.50', at: '2026-11-22T12:00:00.000000Z', max_value: '21.0', min_value: '18.0' },
  ],
}

test.each([
  {
    name: 'a newer point is current, its text untouched',
    point: { datastream: 'temp', at: '2026-11-22T12:00:00.000001Z', value: '20.70' },
    streams: [
      { id: 'temp', current_value: '20.70', at: '2026-11-22T12:00:00.000001Z', max_value: '21', min_value: '18' },
    ],
  },
  {
    name: 'a late point only widens the extremes',
    point: { datastream: 'temp', at: '2026-11-22T11:59:00.000000Z', value: '30' },
    streams: [
      { id: 'temp', current_value: '20.50', at: '2026-11-22T12:00:00.000000Z', max_value: '30', min_value: '18' },
    ],
  },
  {
    name: 'text has no extremes',
    point: { datastream: 'temp', at: '2026-11-22T12:01:00.000000Z', value: 'on' },
    streams: [
      { id: 'temp', current_value: 'on', at: '2026-11-22T12:01:00.000000Z', max_value: '21.0', min_value: '18.0' },
    ],
  },
])('$name', ({ point, streams }) => {
  expect(applyDatapoints(feed, [point]).datastreams).toEqual(streams)
})

test('an unknown datastream appears at the end', () => {
  const point = { datastream: 'door', at: '2026-11-22T12:00:00.000000Z', value: 'open' }
  expect(applyDatapoints(feed, [point]).datastreams?.map(({ id }) => id)).toEqual(['temp', 'door'])
  expect(applyDatapoints({ ...feed, datastreams: [] }, [point]).datastreams).toEqual([
    { id: 'door', at: point.at, current_value: 'open' },
  ])
})
