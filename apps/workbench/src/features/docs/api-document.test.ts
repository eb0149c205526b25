import { expect, test } from 'vitest'
import { filterGroups, findOperation, headingOf, readApi, successOf } from './api-document.ts'
import { API_DOCUMENT } from './api-fixture.ts'

const api = readApi(API_DOCUMENT)

test('operations stand in their groups, in the order of the document', () => {
  expect(api.groups.map(({ name, operations }) => `${name}: ${operations.map(({ id }) => id).join(' ')}`)).toEqual([
    'Feeds: get_feeds_feedId put_feeds_feedId',
    'Keys: get_keys_key_check post_keys_key_reveal',
    'Account: get_export post_session',
  ])
  expect(api).toMatchObject({ version: '0.1.0', baseUrl: 'http://127.0.0.1:8080' })
})

test.each([
  { id: 'put_feeds_feedId', caller: 'key', title: 'Change a feed and write values', formats: ['json', 'xml', 'csv'] },
  { id: 'post_keys_key_reveal', caller: 'owner', title: 'Show an API key again', formats: ['json'] },
  { id: 'post_session', caller: 'anybody', title: 'Sign in with e-mail and password', formats: ['json'] },
])('$id: "$title", called with $caller', ({ id, caller, title, formats }) => {
  const operation = findOperation(api, id)
  expect(operation).toMatchObject({ caller, title })
  expect(operation?.body?.formats).toEqual(formats)
})

test('a master key is a key, though an owner may do it, too', () => {
  const operation = findOperation(api, 'get_export')
  expect(operation?.caller).toBe('key')
  expect(operation && successOf(operation)).toMatchObject({ status: 200, content: { formats: ['lines'] } })
})

test.each([
  { filter: '', ids: 6 },
  { filter: 'feeds PUT', ids: 1 },
  { filter: 'duration', ids: 1 },
  { filter: 'KEYS check', ids: 1 },
  { filter: 'pigeon', ids: 0 },
])('"$filter" finds $ids', ({ filter, ids }) => {
  expect(filterGroups(api.groups, filter).flatMap(({ operations }) => operations)).toHaveLength(ids)
})

test.each([
  { summary: 'Remove a feed with all its data', title: 'Remove a feed with all its data', more: '' },
  { summary: 'Activate a device: its keys work again', title: 'Activate a device', more: 'Its keys work again.' },
  { summary: 'List all, newest first: of a feed', title: 'List all, newest first', more: 'Of a feed.' },
  { summary: 'Send a delivery again, now: alike', title: 'Send a delivery again', more: 'Now: alike.' },
  { summary: 'Change name, text or tags of a device', title: 'Change name, text or tags of a device', more: '' },
  { summary: 'Change name, text, tags or place: now', title: 'Change name, text, tags or place', more: 'Now.' },
  { summary: 'Read a trigger; full=true shows all', title: 'Read a trigger', more: 'full=true shows all.' },
])('"$summary" is headed "$title"', ({ summary, ...heading }) => {
  expect(headingOf(summary)).toEqual(heading)
})

test.each([null, 'page of a proxy', {}, { openapi: '3.1.0', paths: {} }])('%j is no API document', (document) => {
  expect(() => readApi(document)).toThrow('cannot be read')
})
