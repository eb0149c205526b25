import { expect, test } from 'vitest'
import { metadataErrors } from './metadata-form.ts'

const form = { name: 'Greenhouse', description: '', isPrivate: true, tags: [], website: '', email: '' }

test.each([
  { name: 'the least', change: {}, fields: [] },
  { name: 'everything', change: { tags: ['a'], website: 'https://example.org', email: 'a@example.org' }, fields: [] },
  { name: 'no name', change: { name: ' ' }, fields: ['name'] },
  { name: 'too many tags', change: { tags: ['x'.repeat(200), 'y'.repeat(60)] }, fields: ['tags'] },
  { name: 'a script for a website', change: { website: 'javascript:alert(1)' }, fields: ['website'] },
  { name: 'an email without @', change: { email: 'me' }, fields: ['email'] },
])('$name: errors of $fields', ({ change, fields }) => {
  expect(Object.keys(metadataErrors({ ...form, ...change }))).toEqual(fields)
})
