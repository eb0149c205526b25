import { expect, test } from 'vitest'
import { fromLocalInput, localInput } from './local-input.ts'

test('a time survives the field, to the minute', () => {
  const ms = new Date(2026, 10, 2, 3, 4).getTime()
  expect(localInput(ms)).toBe('2026-11-02T03:04')
  expect(fromLocalInput(localInput(ms + 59_000))).toBe(ms)
})

test.each(['', 'yesterday', '2026-11-02', '2026-13-02T03:04'])('"%s" is no time', (text) => {
  expect(fromLocalInput(text)).toBeNull()
})
