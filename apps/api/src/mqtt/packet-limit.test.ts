import { expect, test } from 'vitest'
import { makePacketLimit } from './packet-limit.ts'

const limits = { firstMax: 10, max: () => 300 }
const packet = (length: number): number[] => [
  0x30,
  ...(length < 128 ? [length] : [(length % 128) | 0x80, Math.floor(length / 128)]),
  ...Array.from({ length }, () => 0xff),
]

test.each([
  { bytes: packet(10), refuses: false, what: 'a first packet at its limit' },
  { bytes: packet(11), refuses: true, what: 'a first packet beyond it' },
  { bytes: [...packet(5), ...packet(300), ...packet(0), ...packet(300)], refuses: false, what: 'later ones' },
  { bytes: [...packet(5), ...packet(301)], refuses: true, what: 'a later one that is too long' },
  { bytes: [...packet(5), 0x30, 0xff, 0xff, 0xff, 0x7f], refuses: true, what: '256 MiB announced' },
  { bytes: [...packet(5), 0x30, 0x80, 0x80, 0x80, 0x80], refuses: true, what: 'a length of five bytes' },
])('$what, in one piece and byte by byte: refused $refuses', ({ bytes, refuses }) => {
  expect(makePacketLimit(limits)(Uint8Array.from(bytes))).toBe(refuses)
  const isTooLong = makePacketLimit(limits)
  expect(bytes.some((byte) => isTooLong(Uint8Array.of(byte)))).toBe(refuses)
})
