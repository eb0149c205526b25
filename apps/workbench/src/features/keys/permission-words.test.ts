import type { AccessMethod } from '@sluice/model'
import { expect, test } from 'vitest'
import { keyWords, permissionWords } from './permission-words.ts'

const all: AccessMethod[] = ['get', 'put', 'post', 'delete']

test.each([
  { methods: all, resources: undefined, words: 'Do everything with all feeds of the account' },
  { methods: all, resources: [{ feed_id: 7 }], words: 'Do everything with feed 7' },
  { methods: ['put', 'get'], resources: [{ feed_id: 7 }], words: 'Read and update feed 7' },
  { methods: ['get'], resources: [{ feed_id: 7, datastream_id: 'temp' }], words: 'Read temp of feed 7' },
  {
    methods: ['get', 'put', 'post'],
    resources: [{ feed_id: 7 }, { feed_id: 8 }],
    words: 'Read, update and create feed 7 and feed 8',
  },
] as { methods: AccessMethod[]; resources?: { feed_id: number; datastream_id?: string }[]; words: string }[])(
  '$words',
  ({ methods, resources, words }) => {
    expect(permissionWords({ access_methods: methods, ...(resources ? { resources } : {}) })).toBe(words)
  },
)

test('a key that does not see private feeds says so', () => {
  const permissions = [{ access_methods: all }]
  expect(keyWords({ permissions, private_access: true })).toHaveLength(1)
  expect(keyWords({ permissions })).toContain('No access to private feeds')
})
