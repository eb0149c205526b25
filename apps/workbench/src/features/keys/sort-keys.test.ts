import type { KeyDocument, PermissionDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import { sortKeys } from './sort-keys.ts'

const key = (label: string, ...resources: PermissionDocument['resources'][]): KeyDocument => ({
  api_key: `slc_…${label}`,
  label,
  permissions: resources.map((some) => ({ access_methods: ['get'], ...(some && { resources: some }) })),
})
const keys = [
  key('other', [{ feed_id: 8 }]),
  key('free', undefined),
  key('stream', [{ feed_id: 7, datastream_id: 't' }]),
  key('trigger here', [{ datastream_trigger_id: 40 }]),
  key('trigger elsewhere', [{ datastream_trigger_id: 41 }]),
  key('both', [{ feed_id: 8 }], [{ feed_id: 7 }]),
]
const triggers = [
  { id: 40, environment_id: 7 },
  { id: 41, environment_id: 8 },
]

test('what reaches a feed comes first, and nothing is left out', () => {
  const { reaching, others } = sortKeys(keys, 7, triggers)
  expect(reaching.map(({ label }) => label)).toEqual(['stream', 'trigger here', 'both', 'free'])
  expect(others.map(({ label }) => label)).toEqual(['other', 'trigger elsewhere'])
})
