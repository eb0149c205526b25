import { expect, test } from 'vitest'
import { refusalAdvice, refusalWords } from './refusal-advice.ts'

const entry = { method: 'PUT', path: '/v2/feeds/1977.json', key_label: 'Greenhouse' }

test.each([
  { status: 200, key_label: null, path: entry.path, says: null },
  { status: 401, key_label: null, path: entry.path, says: /X-ApiKey/ },
  { status: 401, key_label: 'Greenhouse', path: entry.path, says: /deactivated/ },
  { status: 403, key_label: 'Greenhouse', path: entry.path, says: /“Greenhouse” may not PUT/ },
  { status: 404, key_label: 'Greenhouse', path: '/v2/feeds/1977/datastreams/t?key=…', says: /channel does not exist/ },
  { status: 404, key_label: 'Greenhouse', path: '/v2/feed/1977', says: /address is wrong/ },
  { status: 400, key_label: null, path: entry.path, says: /cannot be read/ },
  { status: 422, key_label: null, path: entry.path, says: /names the field/ },
  { status: 503, key_label: null, path: entry.path, says: /again is safe/ },
])('$status of $path', ({ status, key_label, path, says }) => {
  const advice = refusalAdvice({ ...entry, status, key_label, path })
  if (says === null) expect(advice).toBeNull()
  else expect(advice).toMatch(says)
})

test.each([
  { body: '{"title":"Not found","errors":"Couldn\'t find feed"}', words: "Couldn't find feed" },
  { body: '{"errors":["value is too long","at is no time"]}', words: 'value is too long; at is no time' },
  { body: '', words: null },
  { body: 'null', words: null },
])('$body says $words', ({ body, words }) => {
  expect(refusalWords(body)).toBe(words)
})
