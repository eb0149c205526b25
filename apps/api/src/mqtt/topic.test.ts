import { makeKey } from '@sluice/model'
import { expect, test } from 'vitest'
import { hasWildcard, parseTopic, shownBy } from './topic.ts'

const KEY = makeKey((count) => new Uint8Array(count).fill(7))
const none = { key: null, native: null }

test.each([
  ['/v2/feeds/504.json', { ...none, path: '/v2/feeds/504.json', target: '/v2/feeds/504.json' }],
  ['v2/feeds/504', { ...none, path: 'v2/feeds/504', target: '/v2/feeds/504' }],
  [`${KEY}/v2/feeds/504.csv`, { key: KEY, path: '/v2/feeds/504.csv', target: '/v2/feeds/504.csv', native: null }],
  [`/${KEY}/v1/feeds/5`, { key: KEY, path: '/v1/feeds/5', target: '/v1/feeds/5', native: null }],
  // the checksum is wrong, so it is no key but the beginning of an address that there is not
  [`${KEY.slice(0, -1)}x/v2`, { ...none, path: `${KEY.slice(0, -1)}x/v2`, target: `/${KEY.slice(0, -1)}x/v2` }],
  [KEY, { ...none, path: KEY, target: `/${KEY}` }],
  ['sluice/504', { path: 'sluice/504', target: '/v2/feeds/504', native: { feedId: 504, datastreamId: null } }],
  [
    `${KEY}/sluice/504/air.temp ü`,
    {
      key: KEY,
      path: '/sluice/504/air.temp ü',
      target: '/v2/feeds/504/datastreams/air.temp%20%C3%BC',
      native: { feedId: 504, datastreamId: 'air.temp ü' },
    },
  ],
  ['sluice/5/a%2Bb', { target: '/v2/feeds/5/datastreams/a%2Bb', native: { feedId: 5, datastreamId: 'a+b' } }],
  ['/sluice/refused', { native: 'refused' }],
  ['sluice/refused/504', { ...none, target: '/sluice/refused/504' }],
  ['sluice/0504', { ...none, target: '/sluice/0504' }],
  ['sluice/504/', { ...none, target: '/sluice/504/' }],
  ['sluice/504/a/b', { ...none, target: '/sluice/504/a/b' }],
  ['$SYS/broker/new/clients', { ...none, target: '/$SYS/broker/new/clients' }],
  ['', { ...none, target: '/' }],
])('%s', (text, topic) => {
  expect(parseTopic(text)).toMatchObject(topic)
})

const feed = { feedId: 504, datastreamId: null, as: 'document', format: 'json', version: 'v2' }

test.each([
  ['/v2/feeds/504.json', feed],
  ['v2/feeds/504/', feed],
  ['/api/v2/feeds/504.csv', { ...feed, format: 'csv' }],
  ['/v2/feeds/504.xml', { ...feed, format: 'xml' }],
  ['/v2/feeds/504/datastreams/air.temp', { ...feed, datastreamId: 'air.temp' }],
  ['/v2/feeds/504/datastreams/air.temp.csv', { ...feed, datastreamId: 'air.temp', format: 'csv' }],
  ['/v2/feeds/504/datastreams/l%C3%A4rm', { ...feed, datastreamId: 'lärm' }],
  ['/v2/feeds/504/datastreams/50%', { ...feed, datastreamId: '50%' }],
  ['/v1/feeds/504/datastreams/0.csv', { ...feed, datastreamId: '0', format: 'csv', version: 'v1' }],
  ['/api/504', { ...feed, format: 'xml', version: 'v1' }],
  ['sluice/504', { feedId: 504, datastreamId: null, as: 'value' }],
  ['sluice/504/0', { feedId: 504, datastreamId: '0', as: 'value' }],
  ['sluice/refused', null],
  ['/v2/feeds/504/datastreams/0.png', null],
  ['/v2/feeds/504.json?duration=1hour', null],
  ['/v2/feeds/x', null],
  ['/v2/feeds', null],
  ['/v2/triggers/5.json', null],
  ['/v2/feeds/504/datastreams/a/datapoints', null],
  ['//v2/feeds/504', null],
])('%s shows', (text, shown) => {
  expect(shownBy(parseTopic(text))).toEqual(shown)
})

test.each([
  ['#', true],
  ['/v2/feeds/+', true],
  ['sluice/504/a%2Bb', false],
])('%s has a wildcard: %s', (text, expected) => {
  expect(hasWildcard(text)).toBe(expected)
})
