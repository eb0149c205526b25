import { expect, test } from 'vitest'
import { parseJson } from './json.ts'
import { formatFloat, numberOf } from './value.ts'

test.each([
  ['21.50', 21.5],
  ['-0', -0],
  ['+3', 3],
  ['.5', 0.5],
  ['5.', 5],
  ['1e3', 1000],
  ['1e999', null],
  ['0x10', null],
  ['', null],
  [' 1', null],
  ['1,5', null],
  ['NaN', null],
  ['Infinity', null],
  ['on', null],
  ['9'.repeat(65), null],
])('%j as a number is %j', (text, number) => {
  expect(numberOf(text)).toBe(number)
})

test.each([
  [333, '333.0'],
  [-1.25, '-1.25'],
  [1e21, '1e+21'],
])('%d prints as %s', (number, text) => {
  expect(formatFloat(number)).toBe(text)
})

test.each([
  { name: 'broken', text: '{"a":', says: /parse error: / },
  { name: 'nested 33 deep', text: '['.repeat(33) + ']'.repeat(33), says: /nested deeper than 32/ },
  { name: 'half a million deep', text: '['.repeat(500_000), says: /nested deeper than 32/ },
])('JSON that is $name is refused with a sentence', ({ text, says }) => {
  expect(() => parseJson(text)).toThrow(says)
})

test.each([
  ['{"__proto__":{"polluted":1},"a":1}', { a: 1 }],
  ['{"\\u005f_proto__":{"polluted":1}}', {}],
  ['{"a":"[[[[{{{{\\"]]"}', { a: '[[[[{{{{"]]' }],
  ['['.repeat(32) + ']'.repeat(32), expect.any(Array)],
])('%s is read, and changes no prototype', (text, value) => {
  expect(parseJson(text)).toEqual(value)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})
