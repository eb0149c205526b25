import { describe, expect, test } from 'vitest'
import { makeWallClock } from './wall-clock.ts'

const wall = (text: string): number => Date.parse(`${text}Z`)

describe('what a clock shows', () => {
  test.each([
    ['UTC', '2024-05-12T14:37:21.5Z', '2024-05-12T14:37:21.5'],
    ['Europe/Berlin', '2024-05-12T14:37:21Z', '2024-05-12T16:37:21'],
    ['America/New_York', '2024-01-01T04:59:59Z', '2023-12-31T23:59:59'],
    ['+05:45', '2024-05-12T20:00:00Z', '2024-05-13T01:45:00'],
    // the hour that an autumn night has twice
    ['Europe/Berlin', '2024-10-27T00:30:00Z', '2024-10-27T02:30:00'],
    ['Europe/Berlin', '2024-10-27T01:30:00Z', '2024-10-27T02:30:00'],
    ['Europe/Berlin', '1926-05-12T11:00:00Z', '1926-05-12T12:00:00'],
  ])('%s at %s: %s', (zone, instant, shown) => {
    expect(makeWallClock(zone).wallOf(Date.parse(instant))).toBe(wall(shown))
  })
})

describe('when a clock shows it', () => {
  test.each([
    ['UTC', '2024-05-12T00:00:00', '2024-05-12T00:00:00Z'],
    ['Europe/Berlin', '2024-05-12T00:00:00', '2024-05-11T22:00:00Z'],
    ['Europe/Berlin', '2024-01-12T00:00:00', '2024-01-11T23:00:00Z'],
    // twice: the first time
    ['Europe/Berlin', '2024-10-27T02:30:00', '2024-10-27T00:30:00Z'],
    ['America/New_York', '2024-11-03T01:30:00', '2024-11-03T05:30:00Z'],
    // never: as much later
    ['Europe/Berlin', '2024-03-31T02:30:00', '2024-03-31T01:30:00Z'],
    // a midnight that was left out: the first moment of that day
    ['America/Sao_Paulo', '2018-11-04T00:00:00', '2018-11-04T03:00:00Z'],
  ])('%s shows %s at %s', (zone, shown, instant) => {
    expect(makeWallClock(zone).instantOf(wall(shown))).toBe(Date.parse(instant))
  })
})
