import { expect, test } from 'vitest'
import { makeLogger } from './logger.ts'

test('lines are JSON, carry UTC time, and hide what is secret', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = makeLogger({ level: 'info', name: 'api', destination })
  logger.debug('not this')
  const headers = { 'x-apikey': 'hidden-1', cookie: 'hidden-2', accept: '*/*' }
  logger.warn({ password: 'hidden-3', feedId: 19, request: { headers, token: 'hidden-4' } }, 'two\nlines')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hidden')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    name: 'api',
    ts: expect.stringMatching(/^\d{4}-.*Z$/),
    feedId: 19,
    request: { headers: { accept: '*/*', 'x-apikey': '[secret]' } },
    msg: 'two\nlines',
  })
})
