import { expect, test } from 'vitest'
import { makeEntry } from './request-entry.ts'

const seen = {
  id: 1,
  at: 0,
  feedId: 504,
  method: 'PUT',
  path: '/v2/feeds/504',
  status: 200,
  tookMs: 1,
  protocol: 'http',
  remoteAddress: '127.0.0.1',
  keyId: null,
  datastreamId: null,
  requestHeaders: [],
  requestBody: '',
  responseHeaders: [],
  responseBody: '',
} as const

test.each([
  { what: 'the path', noted: { datastreamId: 'flow', requestBody: '{"id":"other"}' }, ids: ['flow'] },
  {
    what: 'JSON',
    noted: { requestBody: ' {"datastreams":[{"id":"a"},{"id" : "b.c"},{"id":"a"}]}' },
    ids: ['a', 'b.c'],
  },
  {
    what: 'CSV',
    noted: { requestBody: 'temperature,21.5\r\nlärm,2026-01-01T00:00:00Z,3\n"hum",4\n' },
    ids: ['temperature', 'lärm', 'hum'],
  },
  { what: 'CSV of version 1', noted: { path: '/v1/feeds/504.csv', requestBody: '1,2,3' }, ids: [] },
  { what: 'a body about no feed', noted: { feedId: null, requestBody: 'a,1' }, ids: [] },
  { what: 'no body', noted: {}, ids: [] },
])('the datastreams that $what names are noted', ({ noted, ids }) => {
  expect(makeEntry({ ...seen, ...noted }, null).datastream_ids).toEqual(ids)
})

const code = 'c0de'.repeat(10)
test.each([
  `/v2/devices/${code}/activate`,
  `/v2/devices/${code}/activate.json`,
  `/activate/${code}.csv`,
  `/api/v2/devices/${code}/activate?then=/activate/${code}`,
])('the activation code in %s is written down nowhere', (path) => {
  const responseBody = `{"title":"Not found","errors":"No route matches [GET] \\"${path}\\""}`
  const requestHeaders = ['Referer', `http://example.org${path}`]
  const entry = makeEntry({ ...seen, path, requestHeaders, responseBody }, null)
  expect(entry).toMatchObject({ path: path.replaceAll(code, '…'), response_body: responseBody.replaceAll(code, '…') })
  expect(JSON.stringify(entry)).not.toContain(code)
})
