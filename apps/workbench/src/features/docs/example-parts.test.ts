import { expect, test } from 'vitest'
import { findOperation, readApi } from './api-document.ts'
import { API_DOCUMENT } from './api-fixture.ts'
import { PLACEHOLDERS, initialValues, missingValues } from './example-parts.ts'

const api = readApi(API_DOCUMENT)
const visitor = { ...PLACEHOLDERS, baseUrl: 'http://h', mqttUrl: null }
const owner = { ...visitor, feedId: '7', keyId: '12' }

test.each([
  { id: 'get_feeds_feedId', parts: owner, values: { feedId: '7' }, missing: [] },
  { id: 'get_feeds_feedId', parts: visitor, values: { feedId: 'FEED_ID' }, missing: ['feedId'] },
  { id: 'get_keys_key_check', parts: owner, values: { key: '12', method: 'get', feed_id: '7' }, missing: [] },
  { id: 'post_keys_key_reveal', parts: visitor, values: { key: 'YOUR_API_KEY' }, missing: ['key'] },
  { id: 'get_export', parts: visitor, values: {}, missing: [] },
])('$id is filled in with $values', ({ id, parts, values, missing }) => {
  const operation = findOperation(api, id)
  if (!operation) throw new Error(`no operation ${id}`)
  const initial = initialValues(operation, parts)
  expect(initial).toEqual(values)
  expect(missingValues(operation, initial).map(({ name }) => name)).toEqual(missing)
  expect(missingValues(operation, { ...initial, [missing[0] ?? '']: '5' })).toEqual([])
})
