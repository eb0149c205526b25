import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, portSetting, readConfig, wholeNumber } from './config.ts'

const Config = z.object({
  PORT: portSetting(8080),
  LIMIT: wholeNumber({ least: 1, most: 9, fallback: 3 }),
  NAME: z.string().min(3).optional(),
})

test.each([
  [{}, { PORT: 8080, LIMIT: 3 }],
  [
    { PORT: '', NAME: '' },
    { PORT: 8080, LIMIT: 3 },
  ],
  [
    { PORT: '0', LIMIT: '9', NAME: 'abc', OTHER: 'x' },
    { PORT: 0, LIMIT: 9, NAME: 'abc' },
  ],
])('%j', (env, expected) => {
  expect(readConfig(Config, env)).toEqual(expected)
})

test.each(['65536', '-1', '1.5', '0x10', '1e3', ' 80', 'http'])('a port %s is refused', (PORT) => {
  expect(() => readConfig(Config, { PORT })).toThrow('PORT: must be a whole number from 0 to 65535')
})

test('all problems are told together', () => {
  const problems = (): readonly string[] => {
    try {
      readConfig(Config, { PORT: 'x', LIMIT: '10', NAME: 'ab' })
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
    }
    return []
  }
  expect(problems().map((problem) => problem.split(':')[0])).toEqual(['PORT', 'LIMIT', 'NAME'])
})
