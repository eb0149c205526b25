import { describe, expect, test } from 'vitest'
import { normaliseTarget, parseQuery } from './target.ts'

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
    expect(normaliseTarget(url)).toEqual({ url: expected, format })
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
