import type { AccessMethod, PermissionDocument } from '@sluice/model'
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
  { methods: ['get'], resources: [{ datastream_trigger_id: 40 }], words: 'Read trigger 40' },
  {
    methods: ['get', 'delete'],
    resources: [{ feed_id: 7, datastream_trigger_id: 41 }, { feed_id: 8 }],
    words: 'Read and delete trigger 41 of feed 7 and feed 8',
  },
] as { methods: AccessMethod[]; resources?: PermissionDocument['resources']; words: string }[])(
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

test.each([
  { constraints: { source_ip: '10.0.0.0/8' }, words: 'Read feed 7, only from 10.0.0.0/8' },
  { constraints: { referer: 'example.org' }, words: 'Read feed 7, only for pages of example.org' },
  { constraints: { minimum_interval: 60 }, words: 'Read feed 7, at most once every minute' },
  { constraints: { minimum_interval: 90 }, words: 'Read feed 7, at most once every 90 seconds' },
  { constraints: { minimum_interval: 2.5 }, words: 'Read feed 7, at most once every 2.5 seconds' },
  { constraints: { minimum_interval: 0.5 }, words: 'Read feed 7, at most once every 0.5 seconds' },
  { constraints: { minimum_interval: 172_800 }, words: 'Read feed 7, at most once every 2 days' },
  {
    constraints: { label: 'Kitchen', source_ip: '::1', referer: 'x.org', minimum_interval: 3600 },
    words: 'Kitchen: Read feed 7, only from ::1, only for pages of x.org, at most once every hour',
  },
])('$words', ({ constraints, words }) => {
  expect(permissionWords({ access_methods: ['get'], resources: [{ feed_id: 7 }], ...constraints })).toBe(words)
})
