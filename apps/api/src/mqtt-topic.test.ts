import { expect, test } from 'vitest'
import { parsePublishTopic } from './mqtt-topic.ts'

const feed = { feedId: '504', format: 'json' }

test.each([
  ['/v2/feeds/504.json', feed],
  ['/v2/feeds/504', feed],
  ['v2/feeds/504', feed],
  ['/api/v2/feeds/504.json', feed],
  ['api/v2/feeds/504.json', feed],
  ['/v2/feeds/504.csv', { ...feed, format: 'csv' }],
  ['/v2/feeds/504.xml', { ...feed, format: 'xml' }],
  ['/v2/feeds/504/datastreams/0.csv', { feedId: '504', datastreamId: '0', format: 'csv' }],
  ['/v2/feeds/504/datastreams/air.temp', { feedId: '504', datastreamId: 'air.temp', format: 'json' }],
  ['/v2/feeds/504/datastreams/air.temp.json', { feedId: '504', datastreamId: 'air.temp', format: 'json' }],
  ['/v2/feeds/504/datastreams/l%C3%A4rm', { feedId: '504', datastreamId: 'lärm', format: 'json' }],
  ['/v2/feeds/504/datastreams/50%', { feedId: '504', datastreamId: '50%', format: 'json' }],
  // whether there is such a feed is decided where feeds are looked up
  ['/v2/feeds/x', { feedId: 'x', format: 'json' }],
  ['/v2/feeds', null],
  ['/v2/feeds/504/datastreams', null],
  ['/v2/feeds/504/datastreams/a/datapoints', null],
  ['/v2/feeds/504.json?key=1', null],
  ['/v1/feeds/504/datastreams/0.csv', null],
  ['//v2/feeds/504', null],
  ['$SYS/broker/new/clients', null],
  ['home/temperature', null],
  ['', null],
])('%s', (topic, target) => {
  expect(parsePublishTopic(topic)).toEqual(target)
})
