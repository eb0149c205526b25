import type { KeyDocument } from '@sluice/model'
import { ACCESS_METHODS } from '@sluice/model'
import { expect, test } from 'vitest'
import { formOfKey, keyErrors, keyWrite, presetForm } from './key-form.ts'
import type { KeyForm, PermissionForm } from './key-form.ts'

const NOW = Date.parse('2026-11-22T12:00')
const form: KeyForm = { ...presetForm('reader', { id: 7, isPrivate: true }), label: 'App' }
const withPermission = (change: Partial<PermissionForm>): KeyForm => ({
  ...form,
  permissions: form.permissions.map((permission) => ({ ...permission, ...change })),
})

test.each([
  { name: 'a good form', bad: form, fields: [] },
  { name: 'no label', bad: { ...form, label: ' ' }, fields: ['label'] },
  { name: 'no method', bad: withPermission({ methods: [] }), fields: ['methods'] },
  { name: 'a place that is none', bad: withPermission({ resources: [{}] }), fields: ['resources'] },
  { name: 'a page that is none', bad: withPermission({ referer: 'my page' }), fields: ['referer'] },
  { name: 'the beginning of a URL', bad: withPermission({ referer: 'https://example.org/app ' }), fields: [] },
  { name: 'an address that is none', bad: withPermission({ sourceIp: '10.0.0.300' }), fields: ['sourceIp'] },
  { name: 'a range', bad: withPermission({ sourceIp: '2001:db8::/32' }), fields: [] },
  { name: 'an interval in words', bad: withPermission({ minimumInterval: 'often' }), fields: ['minimumInterval'] },
  { name: 'an interval of years', bad: withPermission({ minimumInterval: '31536001' }), fields: ['minimumInterval'] },
  { name: 'half a second', bad: withPermission({ minimumInterval: '0.5' }), fields: [] },
  { name: 'an expiry that has passed', bad: { ...form, expires: '2026-11-22T11:59' }, fields: ['expires'] },
  { name: 'an expiry that is no date', bad: { ...form, expires: 'soon' }, fields: ['expires'] },
  { name: 'an expiry ahead', bad: { ...form, expires: '2026-11-22T12:01' }, fields: [] },
])('$name: errors of $fields', ({ bad, fields }) => {
  const { permissions = [], ...own } = keyErrors(bad, NOW) ?? {}
  expect([...Object.keys(own), ...permissions.flatMap((one) => Object.keys(one))]).toEqual(fields)
})

test.each([
  { preset: 'device', methods: ['get', 'put', 'post'], resources: [{ feed_id: 7 }] },
  { preset: 'reader', methods: ['get'], resources: [{ feed_id: 7 }] },
  { preset: 'page', methods: ['get'], resources: [{ feed_id: 7 }] },
  { preset: 'master', methods: [...ACCESS_METHODS], resources: undefined },
] as const)('$preset may $methods', ({ preset, methods, resources }) => {
  const { permissions, private_access } = keyWrite(presetForm(preset, { id: 7, isPrivate: true }))
  expect(permissions).toEqual([{ access_methods: methods, ...(resources && { resources }) }])
  expect(private_access).toBe(true)
})

test('a key survives its form, and what nobody changed is sent as it was', () => {
  const key: Omit<KeyDocument, 'api_key'> = {
    label: 'Gauge',
    private_access: true,
    expires_at: '2030-03-27T01:23:45.000000Z',
    permissions: [
      {
        label: 'Kitchen',
        access_methods: ['get', 'put'],
        referer: 'example.org',
        source_ip: '10.0.0.0/8',
        minimum_interval: 2.5,
        resources: [{ feed_id: 7, datastream_id: 't' }, { datastream_trigger_id: 40 }],
      },
      { access_methods: ['delete'] },
    ],
  }
  expect(keyWrite(formOfKey({ ...key, api_key: 'slc_…Xk3f' }))).toEqual(key)
})

test('an expiry is sent in UTC and whole seconds, also where another one was there before', () => {
  const sent = `${new Date('2027-01-02T03:04').toISOString().slice(0, 19)}Z`
  expect(keyWrite({ ...form, expires: '2027-01-02T03:04' }).expires_at).toBe(sent)
  const changed = { ...form, expires: '2027-01-02T03:04', expiresBefore: '2030-03-27T01:23:45.000000Z' }
  expect(keyWrite(changed).expires_at).toBe(sent)
  expect(keyWrite({ ...changed, expires: '' })).not.toHaveProperty('expires_at')
})
