import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberTexts } from './member-texts.ts'
import { parseFrame, parseMessage, SyntaxProblem } from './messages.ts'

const problemOf = (parse: () => unknown): SyntaxProblem | null => {
  try {
    parse()
    return null
  } catch (error) {
    if (error instanceof SyntaxProblem) return error
    throw error
  }
}

test.each([
  { written: 'get', method: 'GET' },
  { written: 'PUT', method: 'PUT' },
  { written: 'Subscribe', method: 'SUBSCRIBE' },
  { written: 'unsubscribe', method: 'UNSUBSCRIBE' },
])('method $written', ({ written, method }) => {
  expect(parseMessage(`{"method":"${written}","resource":"/feeds/1"}`)).toMatchObject({ method })
})

test.each([
  { resource: '/feeds/504', target: '/v2/feeds/504' },
  { resource: 'feeds/504', target: '/v2/feeds/504' },
  { resource: '/feeds/504/datastreams/0.csv', target: '/v2/feeds/504/datastreams/0.csv' },
  { resource: '/v2/feeds/504.json', target: '/v2/feeds/504.json' },
  { resource: '/v1/feeds/504.xml', target: '/v1/feeds/504.xml' },
  { resource: '/api/504.xml', target: '/api/504.xml' },
  { resource: 'http://api.cosm.com/v2/feeds/504', target: 'http://api.cosm.com/v2/feeds/504' },
  { resource: '/apiary', target: '/v2/apiary' },
])('resource $resource is $target', ({ resource, target }) => {
  expect(parseMessage(JSON.stringify({ method: 'get', resource }))).toMatchObject({ target, resource })
})

test.each([
  {
    given: { params: { start: '2013-01-01T00:00:00+09:30', limit: 5 } },
    query: 'start=2013-01-01T00%3A00%3A00%2B09%3A30&limit=5',
  },
  { given: { parameters: { key: 'a b&c' } }, query: 'key=a%20b%26c' },
  {
    given: { params: { datastreams: ['a', 'b'], show_user: true, page: null } },
    query: 'datastreams=a%2Cb&show_user=true',
  },
  { given: { params: {} }, query: '' },
  { given: { params: null }, query: '' },
])('$given is the query $query', ({ given, query }) => {
  const { target, path } = parseMessage(JSON.stringify({ method: 'get', resource: '/feeds/1', ...given }))
  expect([target, path]).toEqual(['/v2', ''].map((start) => `${start}/feeds/1${query && '?'}${query}`))
})

test('headers have lower-case names and the characters of HTTP; cookies are not among them', () => {
  const headers = {
    'X-ApiKey': 'k',
    'user-AGENT': 'Zoë 🌡',
    Cookie: 'a',
    'User Agent': 'x',
    'X-Null': null,
    'X-N': 1,
    List: [],
  }
  expect(parseMessage(JSON.stringify({ method: 'get', resource: '/feeds', headers })).headers).toEqual({
    'x-apikey': 'k',
    'user-agent': 'Zoë ?',
    'x-n': '1',
  })
})

test.each([
  { written: '{"a" : 1e400}', body: '{"a" : 1e400}' },
  { written: '"temp,1\\n"', body: 'temp,1\n' },
  { written: '"{\\"a\\":1}"', body: '{"a":1}' },
  { written: '[1]', body: '[1]' },
  { written: '20.50', body: '20.50' },
  { written: 'null', body: '' },
])('body $written is handed on as $body', ({ written, body }) => {
  expect(parseMessage(`{"method":"put","body":${written},"resource":"/feeds/1"}`).body).toBe(body)
})

test.each([
  '"0x12345"',
  '12345678901234567890',
  '1.0',
  '-0',
  'true',
  'null',
  '""',
  '"\\u0041"',
  `"${'x'.repeat(255)}"`,
])('token %s is echoed as it was sent', (token) => {
  const text = `{ "token" : ${token} , "method":"get","resource" : "\\/feeds\\/1"}`
  expect(parseMessage(text)).toMatchObject({ echo: { token, resource: '"\\/feeds\\/1"' }, resource: '/feeds/1' })
})

test('of members with one name the last counts', () => {
  const text = '{"token":1,"resource":"/a","method":"get","tok\\u0065n":2,"resource":"/b"}'
  expect(parseMessage(text)).toMatchObject({ resource: '/b', echo: { token: '2', resource: '"/b"' } })
})

const KNOWN = '"resource":"/feeds/1","token":"t"'
test.each([
  { text: 'nonsense', says: /Unexpected token/, echo: [null, null] },
  { text: '[]', says: /a message is a JSON object/, echo: [null, null] },
  { text: '{"method":"get","token":"t"}', says: /resource must be/, echo: [null, '"t"'] },
  { text: '{"method":"get","resource":5}', says: /resource must be/, echo: [null, null] },
  { text: '{"method":"get","resource":"/feeds/\\u0000"}', says: /resource must be/, echo: [null, null] },
  { text: '{"method":"get","resource":"/feeds/\\ud800"}', says: /resource must be/, echo: [null, null] },
  { text: `{"method":"get","resource":"/${'x'.repeat(2048)}"}`, says: /2048 characters/, echo: [null, null] },
  { text: `{"method":"get","resource":"/","token":"${'x'.repeat(256)}"}`, says: /255 characters/, echo: [null, null] },
  { text: '{"method":"get","resource":"/","token":{}}', says: /token must be/, echo: [null, null] },
  { text: `{"method":"steal",${KNOWN}}`, says: /method must be/, echo: ['"/feeds/1"', '"t"'] },
  { text: `{${KNOWN}}`, says: /method must be/, echo: ['"/feeds/1"', '"t"'] },
  { text: `{"method":"get","params":[],${KNOWN}}`, says: /params must be/, echo: ['"/feeds/1"', '"t"'] },
  { text: `{"method":"get","params":{"a":{}},${KNOWN}}`, says: /params\.a must be/, echo: ['"/feeds/1"', '"t"'] },
  { text: `{"method":"get","params":{"a":"${'x'.repeat(4096)}"},${KNOWN}}`, says: /4096/, echo: ['"/feeds/1"', '"t"'] },
  { text: `{"method":"get","headers":"x",${KNOWN}}`, says: /headers must be/, echo: ['"/feeds/1"', '"t"'] },
  {
    text: `{"method":"get","headers":{"X-ApiKey":"a","x-apikey":"b"},${KNOWN}}`,
    says: /given twice/,
    echo: ['"/feeds/1"', '"t"'],
  },
  { text: `{"method":"put","body":"\\ud800",${KNOWN}}`, says: /body is not valid/, echo: ['"/feeds/1"', '"t"'] },
  {
    text: `{"method":"put","body":${'['.repeat(33)}${']'.repeat(33)},${KNOWN}}`,
    says: /32 levels/,
    echo: [null, null],
  },
])('$says', ({ text, says, echo }) => {
  const problem = problemOf(() => parseMessage(text))
  expect(problem?.message).toMatch(says)
  expect([problem?.echo.resource, problem?.echo.token]).toEqual(echo)
})

test('more than 100 headers are too many', () => {
  const headers = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, '1']))
  const text = JSON.stringify({ method: 'get', resource: '/', headers })
  expect(problemOf(() => parseMessage(text))?.message).toMatch(/100 headers/)
})

test('a frame may miss its last brace, and no more', () => {
  const text = '{"headers":{"X-PachubeApiKey":"k"}, "method":"subscribe", "resource":"/feeds/504"'
  expect(parseFrame(text)).toMatchObject({ method: 'SUBSCRIBE', resource: '/feeds/504' })
  expect(parseFrame(`${text}}`)).toMatchObject({ method: 'SUBSCRIBE' })
  expect(problemOf(() => parseMessage(text))).not.toBeNull()
  expect(problemOf(() => parseFrame('{"method":"subscribe"'))?.message).toMatch(/resource must be/)
  expect(problemOf(() => parseFrame('{{'))?.message).toMatch(/JSON/)
  expect(problemOf(() => parseFrame('{"method":"steal","resource":"/"}'))?.echo.resource).toBe('"/"')
})

test('members are found as JSON.parse finds them', () => {
  const space = fc.constantFrom(undefined, 1, '\t', '  \n')
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), space, (document, indent) => {
      const text = JSON.stringify(document, null, indent)
      const found = [...memberTexts(text)].map(([name, value]) => [name, JSON.parse(value) as unknown])
      expect(found).toEqual(Object.entries(JSON.parse(text) as object))
    }),
  )
})

test('no text makes it throw anything but what the client did wrong', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"',
    ':',
    ',',
    '[',
    ']',
    '\\',
    '"token"',
    '"resource"',
    '"/a"',
    '"method"',
    '"get"',
    ' ',
    '1',
    '\u{1f321}',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.array(pieces).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      problemOf(() => parseFrame(text))
      problemOf(() => parseFrame(`{"method":"get","resource":"/","headers":${text},"params":${text}}`))
    }),
    { numRuns: 300 },
  )
})
