import { expect, test } from 'vitest'
import { keyErrors, keyWrite } from './key-form.ts'
import type { KeyForm } from './key-form.ts'

const form: KeyForm = { label: 'App', methods: ['get'], seesPrivate: true, reach: 'feed', expires: '' }
const NOW = Date.parse('2026-11-22T12:00')

test.each([
  { name: 'a good form', change: {}, fields: [] },
  { name: 'no label', change: { label: ' ' }, fields: ['label'] },
  { name: 'no method', change: { methods: [] }, fields: ['methods'] },
  { name: 'an expiry that has passed', change: { expires: '2026-11-22T11:59' }, fields: ['expires'] },
  { name: 'an expiry that is no date', change: { expires: 'soon' }, fields: ['expires'] },
  { name: 'an expiry ahead', change: { expires: '2026-11-22T12:01' }, fields: [] },
])('$name: errors of $fields', ({ change, fields }) => {
  expect(Object.keys(keyErrors({ ...form, ...change }, NOW))).toEqual(fields)
})

test.each([
  { reach: 'account' as const, resources: undefined },
  { reach: 'feed' as const, resources: [{ feed_id: 7 }] },
  { reach: { datastream: 'temp' }, resources: [{ feed_id: 7, datastream_id: 'temp' }] },
])('reach $reach is restricted to $resources', ({ reach, resources }) => {
  expect(keyWrite({ ...form, reach }, 7).permissions[0]?.resources).toEqual(resources)
})

test('the expiry is sent in UTC and whole seconds', () => {
  expect(keyWrite({ ...form, expires: '2027-01-02T03:04' }, 7).expires_at).toBe(
    `${new Date('2027-01-02T03:04').toISOString().slice(0, 19)}Z`,
  )
})
