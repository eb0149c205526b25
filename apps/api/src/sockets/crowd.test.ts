import { expect, test } from 'vitest'
import { Crowd } from './crowd.ts'

test('so many in all, so many of one address or network; this machine counts only in all', async () => {
  const crowd = new Crowd({ connectionsMax: 6, perAddressMax: 2, tickMs: 1000 })
  const ended: string[] = []
  const add = (address: string): (() => void) =>
    crowd.add({ address, tick: () => undefined, drain: () => undefined, destroy: () => ended.push(address) })
  const leave = add('192.0.2.1')
  add('192.0.2.1')
  expect([crowd.hasRoom('192.0.2.1'), crowd.hasRoom('::ffff:192.0.2.1'), crowd.hasRoom('192.0.2.2')]).toEqual([
    false,
    false,
    true,
  ])
  leave()
  expect(crowd.hasRoom('192.0.2.1')).toBe(true)
  add('2001:db8::1')
  add('2001:db8::2')
  expect([crowd.hasRoom('2001:db8::3'), crowd.hasRoom('2001:db8:1::1')]).toEqual([false, true])
  for (let count = 0; count < 3; count++) add('127.0.0.1')
  expect([crowd.size, crowd.hasRoom('127.0.0.1')]).toEqual([6, false])
  void crowd.drain(0)
  expect(crowd.hasRoom('192.0.2.9')).toBe(false)
  await expect.poll(() => ended).toHaveLength(6)
})
