import { expect, test } from 'vitest'
import { plainDecimal, readBoolean, readTimestamp, readValue } from './scalars.ts'

test.each([
  [21.5, '21.5'],
  [-3, '-3'],
  [1e21, '1000000000000000000000'],
  [-1.5e22, '-15000000000000000000000'],
  [1.5e-7, '0.00000015'],
  [-2e-9, '-0.000000002'],
])('%d is written %s', (number, text) => {
  expect(plainDecimal(number)).toBe(text)
  expect(Number(text)).toBe(number)
})

test.each([
  { input: '20.50', value: '20.50' },
  { input: 42, value: '42' },
  { input: true, value: 'true' },
  { input: 12345678901234567890n, value: '12345678901234567890' },
  { input: 'x'.repeat(255), value: 'x'.repeat(255) },
  { input: '🌡'.repeat(255), value: '🌡'.repeat(255) },
  { input: '🌡'.repeat(256), problem: 'v is too long (maximum is 255 characters)' },
  { input: 'x'.repeat(256), problem: 'v is too long (maximum is 255 characters)' },
  { input: 'a\0b', problem: 'v contains a NUL character or half of a character pair' },
  { input: '\ud83c', problem: 'v contains a NUL character or half of a character pair' },
  { input: '', problem: "v can't be blank" },
  { input: Infinity, problem: 'v must be a string or a finite number' },
  { input: [1], problem: 'v must be a string or a finite number' },
])('value $input', ({ input, value, problem }) => {
  const problems: string[] = []
  expect(readValue(input, 'v', problems)).toBe(value)
  expect(problems).toEqual(problem === undefined ? [] : [problem])
})

test.each([
  { input: true, is: true },
  { input: 'True', is: true },
  { input: '1', is: true },
  { input: 1, is: true },
  { input: 'false', is: false },
  { input: '', is: undefined },
  { input: null, is: undefined },
  { input: 'perhaps', is: undefined, problem: 'private must be true or false' },
  { input: {}, is: undefined, problem: 'private must be true or false' },
])('boolean $input is $is', ({ input, is, problem }) => {
  const problems: string[] = []
  expect(readBoolean(input, 'private', problems)).toBe(is)
  expect(problems).toEqual(problem === undefined ? [] : [problem])
})

const NOW = Date.UTC(2026, 10, 22, 12) * 1000
const RANGE = 'at must be at most 100 years in the past and 24 hours in the future'

test.each([
  { input: '2026-11-22T12:00:00Z', at: NOW },
  { input: '2026-11-22T13:30:00.000001+01:30', at: NOW + 1 },
  { input: '2026-11-23T12:00:00Z', at: NOW + 86_400e6 },
  { input: '2026-11-23T12:00:00.000001Z', problem: RANGE },
  { input: '1926-11-21T00:00:00Z', problem: RANGE },
  { input: 'yesterday', problem: 'at is not an ISO 8601 timestamp' },
  { input: 1700000000, problem: 'at is not an ISO 8601 timestamp' },
])('time $input', ({ input, at, problem }) => {
  const problems: string[] = []
  expect(readTimestamp(input, 'at', { now: NOW, problems })).toBe(at)
  expect(problems).toEqual(problem === undefined ? [] : [problem])
})
