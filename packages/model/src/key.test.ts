import { expect, test } from 'vitest'
import { isWellFormedKey, makeKey, maskKey } from './key.ts'

const randomBytes = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => Math.floor(Math.random() * 256))

test('a key has 48 characters, proves itself, and is never the same', () => {
  const keys = Array.from({ length: 200 }, () => makeKey(randomBytes))
  for (const key of keys) {
    expect(key).toMatch(/^slc_[0-9A-Za-z]{44}$/)
    expect(isWellFormedKey(key)).toBe(true)
  }
  expect(new Set(keys).size).toBe(keys.length)
})

test('every mistyped character is noticed', () => {
  const key = makeKey(randomBytes)
  for (let at = 4; at < key.length; at++) {
    const wrong = key[at] === 'a' ? 'b' : 'a'
    expect(isWellFormedKey(key.slice(0, at) + wrong + key.slice(at + 1))).toBe(false)
  }
})

test.each(['', 'slc_', 'not a key', `slc_${'é'.repeat(44)}`, `slc_${'0'.repeat(43)}`])('%j is no key', (text) => {
  expect(isWellFormedKey(text)).toBe(false)
})

test('the mask tells keys apart and does not give them away', () => {
  const key = makeKey(randomBytes)
  expect(maskKey(key)).toBe(`slc_…${key.slice(-4)}`)
})
