import { expect, test } from 'vitest'
import { answerText, shownHeaders } from './answer-text.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([
  { body: '{"id":1}', isCut: false, text: '{\n  "id": 1\n}' },
  { body: '{"id":1', isCut: true, text: '{"id":1' },
  { body: '[1]', isCut: true, text: '[1]' },
  { body: '21.50', isCut: false, text: '21.50' },
])('$body is shown as $text', ({ body, isCut, text }) => {
  expect(answerText(bytes(body), { isCut })).toBe(text)
})

test('headers that say something, in one order', () => {
  const headers = new Headers({ 'x-request-id': '7f', date: 'today', 'content-type': 'text/plain' })
  expect(shownHeaders(headers)).toEqual([
    ['content-type', 'text/plain'],
    ['x-request-id', '7f'],
  ])
})
