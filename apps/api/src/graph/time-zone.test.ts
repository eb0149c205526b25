import { expect, test } from 'vitest'
import { parseTimeZone } from './time-zone.ts'

test.each([
  ['', 'UTC'],
  ['UTC', 'UTC'],
  ['gmt', 'UTC'],
  ['Z', 'UTC'],
  // offsets; the plus of an address arrives as a space
  ['+1', '+01:00'],
  [' 1', '+01:00'],
  ['8', '+08:00'],
  ['+3.5', '+03:30'],
  ['5.75', '+05:45'],
  ['-07:00', '-07:00'],
  ['+0930', '+09:30'],
  ['GMT+2', '+02:00'],
  ['UTC -3.5', '-03:30'],
  ['0', 'UTC'],
  ['-0.0', 'UTC'],
  ['18', '+18:00'],
  ['18.5', null],
  ['+99', null],
  // cities
  ['Adelaide', 'Australia/Adelaide'],
  ['berlin', 'Europe/Berlin'],
  ['Tokyo', 'Asia/Tokyo'],
  ['Buenos Aires', 'America/Buenos_Aires'],
  ['Cape Town', null],
  // names of the old list
  ['Eastern Time (US & Canada)', 'America/New_York'],
  ['Brasilia', 'America/Sao_Paulo'],
  ['New Delhi', 'Asia/Kolkata'],
  ['Wellington', 'Pacific/Auckland'],
  // names of the time zone database
  ['Europe/Berlin', 'Europe/Berlin'],
  ['america/new_york', 'America/New_York'],
  ['Mars/Olympus', null],
  ['__proto__', null],
  ['constructor', null],
  ['<script>', null],
  ['x'.repeat(65), null],
])('%j is %j', (text, zone) => {
  const found = parseTimeZone(text)
  // the database has two spellings of some names, and which is the canonical one depends on its edition
  const canonical = (name: string | null): string | null =>
    name && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  expect(canonical(found)).toBe(canonical(zone))
})
