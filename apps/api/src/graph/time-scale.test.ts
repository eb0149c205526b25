import { describe, expect, test } from 'vitest'
import { spanLabel, timeLines, timeTicks } from './time-scale.ts'
import { makeWallClock } from './wall-clock.ts'

const windowOf = (from: string, to: string) => ({ from: Date.parse(from), to: Date.parse(to) })
const place = (widthPx: number) => ({ widthPx, textPx: 11 })

describe('ticks at round times of the clock', () => {
  test.each([
    [
      'UTC',
      '2024-05-12T14:37:11Z to 2024-05-12T14:37:16Z',
      500,
      '14:37:11 14:37:12 14:37:13 14:37:14 14:37:15 14:37:16',
    ],
    ['UTC', '2024-05-12T13:37:00Z to 2024-05-12T14:37:00Z', 330, '13:40 13:50 14:00 14:10 14:20 14:30'],
    ['+05:45', '2024-05-12T00:00:00Z to 2024-05-12T06:00:00Z', 330, '06:00 07:00 08:00 09:00 10:00 11:00'],
    ['UTC', '2024-05-11T14:37:00Z to 2024-05-12T14:37:00Z', 300, '18:00 12 May 06:00 12:00'],
    [
      'Europe/Berlin',
      '2024-05-11T14:37:00Z to 2024-05-12T14:37:00Z',
      600,
      '18:00 21:00 12 May 03:00 06:00 09:00 12:00 15:00',
    ],
    ['UTC', '2024-04-12T14:37:00Z to 2024-05-12T14:37:00Z', 500, '15 Apr 22 Apr 29 Apr 6 May'],
    ['UTC', '2024-02-26T00:00:00Z to 2024-03-03T00:00:00Z', 600, '26 Feb 27 Feb 28 Feb 29 Feb 1 Mar 2 Mar 3 Mar'],
    ['UTC', '2023-05-12T00:00:00Z to 2024-05-12T00:00:00Z', 560, 'Jun Jul Aug Sep Oct Nov Dec 2024 Feb Mar Apr May'],
    ['UTC', '2023-05-12T00:00:00Z to 2024-05-12T00:00:00Z', 220, 'Jul Oct 2024 Apr'],
    ['UTC', '1990-06-01T00:00:00Z to 2030-06-01T00:00:00Z', 300, '2000 2010 2020 2030'],
    // a night of 25 hours shows its second 02:00, and hours further apart keep to the clock
    ['Europe/Berlin', '2024-10-26T22:00:00Z to 2024-10-27T03:00:00Z', 420, '27 Oct 01:00 02:00 02:00 03:00 04:00'],
    ['Europe/Berlin', '2024-10-26T16:00:00Z to 2024-10-27T17:00:00Z', 300, '18:00 27 Oct 06:00 12:00 18:00'],
    // an hour that the clock leaves out has no tick, a day whose midnight it leaves out has one
    [
      'Europe/Berlin',
      '2024-03-30T23:00:00Z to 2024-03-31T07:00:00Z',
      480,
      '31 Mar 01:00 03:00 04:00 05:00 06:00 07:00 08:00 09:00',
    ],
    ['America/Sao_Paulo', '2018-11-02T03:00:00Z to 2018-11-06T02:00:00Z', 300, '2 Nov 3 Nov 4 Nov 5 Nov 6 Nov'],
    ['UTC', '2024-05-12T14:37:00.100Z to 2024-05-12T14:37:00.900Z', 600, ''],
  ])('%s, %s on %d px: %s', (zone, span, widthPx, labels) => {
    const [from = '', to = ''] = span.split(' to ')
    const ticks = timeTicks(windowOf(from, to), makeWallClock(zone), place(widthPx))
    expect(ticks.map(({ label }) => label).join(' ')).toBe(labels)
  })

  test('midnights among hours and Januaries among months stand out', () => {
    const day = timeTicks(windowOf('2024-05-11T14:00:00Z', '2024-05-12T14:00:00Z'), makeWallClock('UTC'), place(600))
    expect(day.filter(({ isMajor }) => isMajor).map(({ label }) => label)).toEqual(['12 May'])
    const year = timeTicks(windowOf('2023-05-12T00:00:00Z', '2024-05-12T00:00:00Z'), makeWallClock('UTC'), place(600))
    expect(year.filter(({ isMajor }) => isMajor).map(({ label }) => label)).toEqual(['2024'])
  })
})

test('lines of a detailed grid are as dense as they may be', () => {
  const day = windowOf('2024-05-11T14:37:00Z', '2024-05-12T14:37:00Z')
  expect(timeLines(day, makeWallClock('UTC'), { widthPx: 600, spacePx: 11 })).toHaveLength(48)
  expect(timeLines(day, makeWallClock('UTC'), { widthPx: 100, spacePx: 11 })).toHaveLength(8)
})

test.each([
  ['UTC', '2024-05-12T01:00:00Z', '2024-05-12T02:00:00Z', '12 May 2024'],
  ['Asia/Tokyo', '2024-05-12T13:00:00Z', '2024-05-12T16:00:00Z', '12 – 13 May 2024'],
  ['UTC', '2024-04-30T01:00:00Z', '2024-05-02T02:00:00Z', '30 Apr – 2 May 2024'],
  ['UTC', '2023-05-12T01:00:00Z', '2024-05-12T02:00:00Z', '12 May 2023 – 12 May 2024'],
])('%s, %s to %s is %s', (zone, from, to, label) => {
  expect(spanLabel(windowOf(from, to), makeWallClock(zone))).toBe(label)
})
