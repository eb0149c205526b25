import { expect, test } from 'vitest'
import { parseTimestamp } from '@sluice/model'
import { formatInZone } from './time-zone.ts'
import { findTimeZone } from './zone-names.ts'

const [WINTER = 0, SUMMER = 0] = ['2013-01-01T00:00:00Z', '2013-07-01T00:00:00Z'].map(
  (text) => parseTimestamp(text) ?? 0,
)
const offsets = (name: string): string =>
  [WINTER, SUMMER].map((at) => formatInZone(findTimeZone(name), at).slice(-6)).join(' ')

test.each([
  ['+3.5', '+03:30'],
  [' 3.5', '+03:30'],
  ['3.5', '+03:30'],
  ['-5', '-05:00'],
  ['+09:30', '+09:30'],
  ['-0330', '-03:30'],
  ['+5.75', '+05:45'],
  ['+5,75', '+05:45'],
  ['1', '+01:00'],
  ['+01', '+01:00'],
  ['-0.5', '-00:30'],
  ['0', '+00:00'],
  ['GMT+2', '+02:00'],
  ['utc-03:00', '-03:00'],
  ['+14', '+14:00'],
])('%j is the offset %s', (text, offset) => {
  expect(offsets(text)).toBe(`${offset} ${offset}`)
})

test.each([
  ['UTC', '+00:00 +00:00'],
  ['Europe/Berlin', '+01:00 +02:00'],
  ['europe/berlin', '+01:00 +02:00'],
  ['Berlin', '+01:00 +02:00'],
  ['Adelaide', '+10:30 +09:30'],
  ['London', '+00:00 +01:00'],
  ['New York', '-05:00 -04:00'],
  ['new_york', '-05:00 -04:00'],
  ['Eastern Time (US & Canada)', '-05:00 -04:00'],
  ['eastern time (us & canada)', '-05:00 -04:00'],
  ['Pacific Time (US & Canada)', '-08:00 -07:00'],
  ['Arizona', '-07:00 -07:00'],
  ['Newfoundland', '-03:30 -02:30'],
  ['Edinburgh', '+00:00 +01:00'],
  ['Kathmandu', '+05:45 +05:45'],
  ['Asia/Kathmandu', '+05:45 +05:45'],
  ['Kyiv', '+02:00 +03:00'],
  ['Mumbai', '+05:30 +05:30'],
  ['St. Petersburg', '+04:00 +04:00'],
  ["Nuku'alofa", '+13:00 +13:00'],
  ['Buenos Aires', '-03:00 -03:00'],
  ['Indianapolis', '-05:00 -04:00'],
  ['Lord Howe', '+11:00 +10:30'],
  ['US/Eastern', '-05:00 -04:00'],
  ['Etc/GMT+5', '-05:00 -05:00'],
  ['CET', '+01:00 +02:00'],
])('%s is a zone with %s', (name, expected) => {
  expect(offsets(name)).toBe(expected)
})

test.each([
  ['+3.5', '+03:30'],
  ['-0.5', '-00:30'],
  ['gmt', 'UTC'],
  ['berlin', 'Europe/Berlin'],
  ['Pacific Time (US & Canada)', 'America/Los_Angeles'],
])('%s is called %s, which Intl takes', (text, name) => {
  expect(findTimeZone(text).name).toBe(name)
  expect(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone).toBe(name)
})

test.each([
  'Atlantis',
  'Mars/Olympus',
  '+15',
  '-14:30',
  '+3:75',
  '12345',
  '__proto__',
  'constructor',
  'x'.repeat(1000),
])('%.20s is refused', (name) => {
  expect(() => findTimeZone(name)).toThrow('timezone must be an offset from -14 to +14 hours')
})

test('every name of Rails leads to a zone', async () => {
  const { RAILS_NAMES } = await import('./rails-zones.ts')
  expect([...RAILS_NAMES.keys()].filter((name) => findTimeZone(name) === null)).toEqual([])
  expect(RAILS_NAMES.size).toBeGreaterThan(40)
})
