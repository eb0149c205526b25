import { expect, test } from 'vitest'
import { isInRange, parseAddress, parseAddressRange } from './address.ts'

test.each([
  ['0.0.0.0', 0xffff_0000_0000n],
  ['127.0.0.1', 0xffff_7f00_0001n],
  ['255.255.255.255', 0xffff_ffff_ffffn],
  ['::ffff:127.0.0.1', 0xffff_7f00_0001n],
  ['::FFFF:7f00:1', 0xffff_7f00_0001n],
  ['::', 0n],
  ['::1', 1n],
  ['1::', 1n << 112n],
  ['2001:db8::8:800:200c:417a', 0x2001_0db8_0000_0000_0008_0800_200c_417an],
  ['2001:DB8:0:0:8:800:200C:417A', 0x2001_0db8_0000_0000_0008_0800_200c_417an],
  ['::13.1.68.3', 0x0d01_4403n],
  ['fe80::1%eth0', (0xfe80n << 112n) | 1n],
])('%s is an address', (text, address) => {
  expect(parseAddress(text)).toBe(address)
})

test.each(
  `localhost 127.1 1.2.3 1.2.3.4.5 256.0.0.1 01.2.3.4 0x7f.0.0.1 1.2.3.+4 2130706433 ::: 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9
  1:2:3:4:5:6:7:8:: ::1::2 12345::1 g::1 :1 1: 1.2.3.4::1 ::1.2.3.256 ::1.2.3.4:5 ::ffff:1.2.3 [::1]`.split(/\s+/),
)('%s is none', (text) => {
  expect(parseAddress(text)).toBeNull()
})

test('nothing is none', () => {
  expect(parseAddress('')).toBeNull()
})

test.each([
  { range: '192.0.2.7', address: '192.0.2.7', is: true },
  { range: '192.0.2.7', address: '::ffff:192.0.2.7', is: true },
  { range: '::ffff:192.0.2.7', address: '192.0.2.7', is: true },
  { range: '192.0.2.7', address: '192.0.2.8', is: false },
  { range: '192.0.2.0/24', address: '192.0.2.255', is: true },
  { range: '192.0.2.99/24', address: '192.0.2.1', is: true },
  { range: '192.0.2.0/24', address: '192.0.3.0', is: false },
  { range: '192.0.2.0/31', address: '192.0.2.1', is: true },
  { range: '192.0.2.0/31', address: '192.0.2.2', is: false },
  { range: '0.0.0.0/0', address: '203.0.113.9', is: true },
  { range: '0.0.0.0/0', address: '2001:db8::1', is: false },
  { range: '::ffff:10.0.0.0/104', address: '10.200.0.1', is: true },
  { range: '2001:db8::/32', address: '2001:db8:ffff::1', is: true },
  { range: '2001:db8::/32', address: '2001:db9::1', is: false },
  { range: '2001:db8::1', address: '2001:db8::1', is: true },
  { range: '2001:db8::1', address: '2001:db8::2', is: false },
  { range: 'fe80::/10', address: 'fe80::1%wlan0', is: true },
  { range: '::/0', address: '2001:db8::1', is: true },
  { range: '::/0', address: '192.0.2.1', is: false },
])('$address in $range: $is', ({ range, address, is }) => {
  const [wanted, given] = [parseAddressRange(range), parseAddress(address)]
  expect(wanted && given !== null && isInRange(given, wanted)).toBe(is)
})

test.each(['', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '/8', 'example.org', 'fe80::1%lo'])(
  '%j is no range',
  (text) => {
    expect(parseAddressRange(text)).toBeNull()
  },
)
