import { describe, expect, test } from 'vitest'
import { acceptedFormat, normaliseTarget, parseQuery } from './target.ts'

describe('targets of API v2 clients', () => {
  test.each([
    ['/v2/feeds/1', '/v2/feeds/1', null],
    ['/v2/feeds/1.json', '/v2/feeds/1', 'json'],
    ['/v2/feeds/1.csv?datastreams=a,b', '/v2/feeds/1?datastreams=a,b', 'csv'],
    ['/v2/feeds/1/datastreams/a.b.xml', '/v2/feeds/1/datastreams/a.b', 'xml'],
    ['/v2/feeds/1/datastreams/a.b', '/v2/feeds/1/datastreams/a.b', null],
    [
      '/v2/feeds/1/datastreams/t/datapoints/2013-01-01T12:00:00.000000Z.csv',
      '/v2/feeds/1/datastreams/t/datapoints/2013-01-01T12:00:00.000000Z',
      'csv',
    ],
    ['/v2/feeds/1/', '/v2/feeds/1', null],
    ['/v2/feeds/?key=k', '/v2/feeds?key=k', null],
    ['/api/v2/feeds/1.json', '/v2/feeds/1', 'json'],
    ['http://api.cosm.com/v2/feeds/1.json?key=k', '/v2/feeds/1?key=k', 'json'],
    ['/v2/d?start=2014Z&end=2015Z.csv', '/v2/d?start=2014Z&end=2015Z', 'csv'],
    ['/v2/d?end=2015Z.csv&start=2014Z', '/v2/d?end=2015Z.csv&start=2014Z', null],
    ['/v2/feeds?q=data.csv', '/v2/feeds?q=data.csv', null],
    ['/v2/d?tag=x&end=2015Z.xml', '/v2/d?tag=x&end=2015Z', 'xml'],
    ['/assets/index.json', '/assets/index.json', null],
    ['/', '/', null],
    ['//', '/', null],
    ['*', '*', null],
  ] as const)('%s → %s, %s', (url, expected, format) => {
    expect(normaliseTarget(url)).toEqual({ url: expected, format, version: 'v2' })
  })

  test.each([
    ['/v1/feeds/504', '/v2/feeds/504', null],
    ['/v1/feeds/504.csv', '/v2/feeds/504', 'csv'],
    ['/api/v1/feeds/504/datastreams/0.csv', '/v2/feeds/504/datastreams/0', 'csv'],
    ['/api/504.xml', '/v2/feeds/504', 'xml'],
    ['http://www.pachube.com/api/504.xml?key=k', '/v2/feeds/504?key=k', 'xml'],
    ['/api.xml', '/v2/feeds', 'xml'],
    ['/api/504', '/v2/feeds/504', null],
  ] as const)('%s → %s, %s, in the older layout', (url, expected, format) => {
    expect(normaliseTarget(url)).toEqual({ url: expected, format, version: 'v1' })
  })

  test.each([
    ['/activate/0123abc.csv', '/v2/devices/0123abc/activate', 'csv'],
    ['/activate/0123abc', '/v2/devices/0123abc/activate', null],
    ['/feeds/504/datastreams/0/history.png?w=300', '/v2/feeds/504/datastreams/0?w=300', 'png'],
    ['/feeds/504', '/feeds/504', null],
    ['/api/docs', '/api/docs', null],
    ['/activate/a/b', '/activate/a/b', null],
  ] as const)('%s → %s, %s', (url, expected, format) => {
    expect(normaliseTarget(url)).toEqual({ url: expected, format, version: 'v2' })
  })
})

describe('what Accept asks for', () => {
  test.each([
    [undefined, null],
    ['*/*', null],
    ['application/json', 'json'],
    ['application/xml', 'xml'],
    ['text/csv', 'csv'],
    ['image/png', 'png'],
    ['text/xml;q=0.5, application/json;q=0.8', 'json'],
    ['text/csv;q=0.9, application/xml', 'xml'],
    ['text/csv;q=0', null],
    ['text/csv;q=much', null],
    ['application/pdf, text/csv', 'csv'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', null],
    [`text/csv${', text/plain'.repeat(1000)}`, null],
  ] as const)('%s: %s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format)
  })
})

describe('queries', () => {
  test.each([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2', { a: '2' }],
    ['datastreams=a&datastreams=b', { datastreams: 'a,b' }],
    ['start=2012-01-01T00%3A00%3A00Z', { start: '2012-01-01T00:00:00Z' }],
    ['start=2013-01-01T00:00:00+09:30', { start: '2013-01-01T00:00:00+09:30' }],
    ['q=two+words%2B', { q: 'two words+' }],
    ['a=%zz', { a: '%zz' }],
    ['a&b=&&=c', { a: '', b: '', '': 'c' }],
    ['a=b=c', { a: 'b=c' }],
  ])('%s', (text, expected) => {
    expect({ ...parseQuery(text) }).toEqual(expected)
  })

  test('no name reaches a prototype', () => {
    const query = parseQuery('__proto__=1&constructor=2')
    expect([query['__proto__'], query['constructor'], query['toString']]).toEqual(['1', '2', undefined])
  })
})
