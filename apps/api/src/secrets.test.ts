import { randomBytes } from 'node:crypto'
import { isWellFormedKey } from '@sluice/model'
import { expect, test } from 'vitest'
import { derive, makeKeyVault } from './secrets.ts'

const secret = Buffer.alloc(32, 7)

test('a key is found by its hash and shown again by the seal, under this secret alone', () => {
  const vault = makeKeyVault(secret)
  const made = vault.make()
  expect(isWellFormedKey(made.key)).toBe(true)
  expect(made.masked).toBe(`slc_…${made.key.slice(-4)}`)
  expect(makeKeyVault(secret).hash(made.key)).toEqual(made.hash)
  expect(makeKeyVault(secret).open(made.sealed)).toBe(made.key)
  expect(vault.seal(made.key).sealed).not.toEqual(made.sealed)
  const other = makeKeyVault(randomBytes(32))
  expect(other.hash(made.key)).not.toEqual(made.hash)
  expect(() => other.open(made.sealed)).toThrow('authenticate')
  for (const stored of [made.hash, made.sealed]) expect(stored.toString('latin1')).not.toContain(made.key.slice(4, 12))
})

test('a seal that was changed anywhere does not open', () => {
  const vault = makeKeyVault(secret)
  const { sealed } = vault.make()
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8((sealed[index] ?? 0) ^ 1, index)
    expect(() => vault.open(changed)).toThrow(Error)
  }
  for (const length of [0, 11, 27]) expect(() => vault.open(sealed.subarray(0, length))).toThrow(Error)
})

test('each purpose has a key of its own', () => {
  expect(derive(secret, 'a')).not.toEqual(derive(secret, 'b'))
  expect(derive(secret, 'a')).toEqual(derive(secret, 'a'))
})
