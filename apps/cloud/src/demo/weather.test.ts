import { expect, test } from 'vitest'
import { CHANNELS, weatherAt } from './weather.ts'
import type { ChannelId } from './weather.ts'

const DAY_MS = 86_400_000
const BEGIN = Date.UTC(2026, 5, 1)
/** a month, in steps of five minutes */
const times = Array.from({ length: 30 * 288 }, (_, step) => BEGIN + step * 300_000)

test.each([
  { id: 'temperature', least: -5, most: 35, step: 2 },
  { id: 'humidity', least: 5, most: 100, step: 12 },
  { id: 'pressure', least: 980, most: 1045, step: 3 },
  { id: 'wind', least: 0, most: 15, step: 6 },
  { id: 'rain', least: 0, most: 15, step: 8 },
] as { id: ChannelId; least: number; most: number; step: number }[])(
  '$id stays between $least and $most and does not jump',
  ({ id, least, most, step }) => {
    const values = times.map((ms) => Number(weatherAt(ms)[id]))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(least)
    expect(Math.max(...values)).toBeLessThanOrEqual(most)
    expect(new Set(values).size).toBeGreaterThan(10)
    const jumps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)))
    expect(Math.max(...jumps)).toBeLessThanOrEqual(step)
  },
)

test('afternoons are warmer than nights', () => {
  const mean = (hour: number): number => {
    const values = Array.from({ length: 30 }, (_, day) =>
      Number(weatherAt(BEGIN + day * DAY_MS + hour * 3600_000).temperature),
    )
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  expect(mean(15) - mean(3)).toBeGreaterThan(6)
})

test('the same instant has the same weather, in every channel and no other', () => {
  expect(weatherAt(BEGIN)).toEqual(weatherAt(BEGIN))
  expect(Object.keys(weatherAt(BEGIN))).toEqual(CHANNELS.map(({ id }) => id))
})
