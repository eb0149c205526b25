import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

test.each([
  { name: 'half of what may be', random: 0.5, pauses: [500, 500, 500, 750, 1125, 1687.5] },
  { name: 'as little as may be', random: 0, pauses: [0, 0, 0] },
])('pauses with $name', ({ random, pauses }) => {
  const backoff = new Backoff(() => random)
  expect(pauses.map(() => backoff.nextMs())).toEqual(pauses)
})

test('no pause is longer than all before it together, nor than 15 s', () => {
  const backoff = new Backoff(() => 0.999)
  let sum = 0
  for (let n = 0; n < 20; n++) {
    const ms = backoff.nextMs()
    expect(ms).toBeLessThanOrEqual(Math.min(15_000, Math.max(1000, sum)))
    sum += ms
  }
  expect(backoff.nextMs()).toBe(14_985)
  backoff.reset()
  expect(backoff.nextMs()).toBe(999)
})
