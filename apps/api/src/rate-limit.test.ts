import { expect, test } from 'vitest'
import { makeFailureDelay, makeRateLimiter, networkOf } from './rate-limit.ts'

test('a bucket gives its burst, then as much as flows in', () => {
  let now = 0
  const limiter = makeRateLimiter({ burst: 3, perSecond: 2 }, () => now)
  const taken = (): number => {
    for (let count = 0; ; count++) {
      try {
        limiter.take('a')
      } catch {
        return count
      }
    }
  }
  expect(taken()).toBe(3)
  now = 400
  expect(taken()).toBe(0)
  now = 1500
  expect(taken()).toBe(3)
  limiter.giveBack('a')
  expect(taken()).toBe(1)
  now = 1e9
  expect(taken()).toBe(3)
  expect(() => limiter.take('b')).not.toThrow()
})

test('an empty bucket says when to come back', () => {
  const limiter = makeRateLimiter({ burst: 1, perSecond: 0.1 }, () => 0)
  limiter.take('a')
  expect(() => limiter.take('a')).toThrow('Too many requests; try again in 10 seconds')
})

test('a flood of names does not grow the memory, and does not free the busy one', () => {
  const limiter = makeRateLimiter({ burst: 1, perSecond: 0.001 }, () => 0)
  limiter.take('busy')
  for (let count = 0; count < 60_000; count++) {
    limiter.take(`name ${count}`)
    if (count % 5000 === 0) expect(() => limiter.take('busy')).toThrow('Too many requests')
  }
})

test('failures are delayed by 1, 2, 4 … 900 seconds after five, and success forgets them', () => {
  let now = 0
  const delay = makeFailureDelay(() => now)
  const waits: number[] = []
  for (let count = 0; count < 18; count++) {
    const from = now
    for (;;) {
      try {
        delay.check('a')
        break
      } catch {
        now += 1000
      }
    }
    waits.push((now - from) / 1000)
    delay.failed('a')
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  expect(() => delay.check('a')).toThrow('Too many requests')
  expect(() => delay.check('b')).not.toThrow()
  delay.succeeded('a')
  expect(() => delay.check('a')).not.toThrow()
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
