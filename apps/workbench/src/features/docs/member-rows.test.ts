import { expect, test } from 'vitest'
import { readApi } from './api-document.ts'
import { API_DOCUMENT } from './api-fixture.ts'
import { memberRows } from './member-rows.ts'
import type { MemberRow } from './member-rows.ts'

const { schemas } = readApi(API_DOCUMENT)
const rowsOf = (name: string): MemberRow[] => memberRows({ $ref: `#/components/schemas/${name}` }, schemas)
const lines = (rows: readonly MemberRow[], indent = ''): string[] =>
  rows.flatMap(({ name, type, isRequired, notes, members }) => [
    `${indent}${name}${isRequired ? '' : '?'}: ${[type, ...notes].join(', ')}`,
    ...lines(members, `${indent}  `),
  ])

test('members of a document, those within it once', () => {
  expect(lines(rowsOf('Feed'))).toEqual([
    'id: whole number',
    'status: text, one of live, frozen',
    'datastreams?: list of Datastream, at most 1000 items',
    '  id: text, at most 128 characters',
    '  at?: time',
    '  unit?: Unit',
    '    symbol?: text',
    // a feed within itself has been shown already
    '  within?: Feed',
    'seen_at?: time or null',
    'headers?: object of texts',
  ])
})

test('what is accepted, with its limits', () => {
  expect(lines(rowsOf('FeedInput'))).toEqual([
    'title?: text, at most 255 characters',
    'private?: true or false or text, one of true, false',
    'tags?: list of texts or text',
    'limit?: whole number, 1 to 1000, 100 unless given',
  ])
})

test('a list is shown by its items, and what is not described has no members', () => {
  expect(lines(memberRows({ type: 'array', items: { $ref: '#/components/schemas/Unit' } }, schemas))).toEqual([
    'symbol?: text',
  ])
  expect(rowsOf('Nobody')).toEqual([])
})
