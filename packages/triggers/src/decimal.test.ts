import { expect, test } from 'vitest'
import { addDecimals, compareNumbers, parseDecimal } from './decimal.ts'

test.each([
  ['1', '2', -1],
  ['2', '2', 0],
  ['20', '20.0', 0],
  ['1e3', '1000', 0],
  ['1E+3', '999.999', 1],
  ['-0', '0', 0],
  ['+5', '5.', 0],
  ['.5', '0.5', 0],
  ['-1', '-2', 1],
  ['-.5e-1', '-0.05', 0],
  // the same double, but not the same number
  ['0.1', '0.1000000000000000055511151231257827', -1],
  ['9007199254740993', '9007199254740992', 1],
  ['-9007199254740993', '-9007199254740992', -1],
  ['1e-330', '0', 1],
  ['1e-330', '2e-330', -1],
  ['1e-399', '0', 1],
  ['1e308', '1.0000000000000000000000000000000000001e308', -1],
  // below 10^-400 there is nothing
  ['1e-401', '0', 0],
  ['-1e-999999999', '1e-999999999', 0],
  ['0e999999999', '0', 0],
  ['0e-99999999999999999999999999999999999', '0', 0],
])('%s against %s: %i', (a, b, order) => {
  expect(Math.sign(compareNumbers(a, b) ?? Number.NaN)).toBe(order)
  expect(Math.sign(compareNumbers(b, a) ?? Number.NaN)).toBe(0 - order)
})

test.each(['', ' 1', '1 ', '0x10', 'NaN', 'Infinity', '1e999', '1_000', '1,5', 'on', '.', 'e5', '1'.repeat(65)])(
  '%j is no number, on either side',
  (text) => {
    expect(parseDecimal(text)).toBeNull()
    expect(compareNumbers(text, '1')).toBeNull()
    expect(compareNumbers('1', text)).toBeNull()
  },
)

test.each([
  ['10', '-0.5', '9.5'],
  ['0.1', '0.2', '0.3'],
  ['1e308', '-1e308', '0'],
  ['9007199254740992', '1', '9007199254740993'],
])('%s plus %s is %s', (a, b, sum) => {
  const [x, y] = [parseDecimal(a), parseDecimal(b)]
  expect(x && y && addDecimals(x, y)).not.toBeNull()
  expect(y && compareNumbers(sum, a, y)).toBe(0)
})

test('what is as long and as far apart as it can be is compared at once', () => {
  const wide = `${'9'.repeat(58)}e250`
  const narrow = `${'9'.repeat(58)}e-457`
  expect(parseDecimal(narrow)?.digits).not.toBe(0n)
  const startedAt = performance.now()
  for (let round = 0; round < 1000; round++)
    expect(compareNumbers(wide, narrow, parseDecimal(narrow) ?? undefined)).toBeGreaterThan(0)
  expect(performance.now() - startedAt).toBeLessThan(2000)
})
