import { expect, test } from 'vitest'
import { EMPTY, emptyReply, jsonReply, textReply } from '../answer.ts'
import type { Reply } from '../answer.ts'
import { answerText, doneText, FORBIDDEN, pushText, refusalText, syntaxError } from './answers.ts'

const ECHO = { resource: '"/feeds/504"', token: '"0x12345"' }
const NO_TOKEN = { ...ECHO, token: null }
const text = (body: string, contentType: string): Reply => textReply(200, body, { contentType, headers: [] })

// the order of the members is that of the original service where it was seen (API v2, sockets)
test.each([
  {
    what: 'a document',
    is: answerText(ECHO, jsonReply(200, { id: 504 })),
    text: '{"token":"0x12345","resource":"/feeds/504","status":200,"headers":{"CONTENT_TYPE":"application/json; charset=utf-8"},"body":{"id":504}}',
  },
  {
    what: 'an empty body',
    is: answerText(NO_TOKEN, EMPTY),
    text: '{"resource":"/feeds/504","status":200,"headers":{"CONTENT_TYPE":"text/plain; charset=utf-8"}}',
  },
  {
    what: 'a location',
    is: answerText(NO_TOKEN, emptyReply(201, ['Location', 'http://h/v2/feeds/1'])),
    text: '{"resource":"/feeds/504","status":201,"headers":{"CONTENT_TYPE":"text/plain; charset=utf-8","LOCATION":"http://h/v2/feeds/1"}}',
  },
  {
    what: 'CSV',
    is: answerText(NO_TOKEN, text('a,1\nb,2', 'text/plain')),
    text: '{"resource":"/feeds/504","status":200,"headers":{"CONTENT_TYPE":"text/plain"},"body":"a,1\\nb,2"}',
  },
  {
    what: 'JSON over several lines',
    is: answerText(NO_TOKEN, text('{\r\n "a":1\n}', 'application/json')),
    text: '{"resource":"/feeds/504","status":200,"headers":{"CONTENT_TYPE":"application/json"},"body":{ "a":1}}',
  },
  {
    what: 'a picture',
    is: answerText(NO_TOKEN, { ...EMPTY, body: Buffer.of(1, 2, 3), contentType: 'image/png' }),
    text: '{"resource":"/feeds/504","status":200,"headers":{"CONTENT_TYPE":"image/png"},"body":"AQID"}',
  },
  {
    what: 'a refusal of the routes',
    is: answerText(
      ECHO,
      jsonReply(403, { title: 'Forbidden', errors: 'You do not have permission to access this resource' }),
    ),
    text: '{"body":"Forbidden: You are not authorized","resource":"/feeds/504","token":"0x12345","status":403}',
  },
  {
    what: 'several sentences and a header',
    is: answerText(NO_TOKEN, jsonReply(422, { title: 'Unprocessable', errors: ['a', 'b'] }, ['Retry-After', '3'])),
    text: '{"body":"Unprocessable: a; b","resource":"/feeds/504","headers":{"RETRY_AFTER":"3"},"status":422}',
  },
  {
    what: 'a refusal in CSV',
    is: answerText(NO_TOKEN, { ...text('Not Found', 'text/plain'), status: 404 }),
    text: '{"body":"Not Found","resource":"/feeds/504","status":404}',
  },
  {
    what: 'forbidden',
    is: refusalText(ECHO, FORBIDDEN),
    text: '{"body":"Forbidden: You are not authorized","resource":"/feeds/504","token":"0x12345","status":403}',
  },
  {
    what: 'garbage',
    is: refusalText({ resource: null, token: null }, syntaxError('x')),
    text: '{"body":"Syntax Error: x","status":400}',
  },
  { what: 'subscribed', is: doneText(ECHO), text: '{"resource":"/feeds/504","token":"0x12345","status":200}' },
  { what: 'subscribed without a token', is: doneText(NO_TOKEN), text: '{"resource":"/feeds/504","status":200}' },
  {
    what: 'a push',
    is: pushText(ECHO, '{"id":504}'),
    text: '{"body":{"id":504},"resource":"/feeds/504","token":"0x12345"}',
  },
  {
    what: 'a push without a token',
    is: pushText(NO_TOKEN, '{"id":504}'),
    text: '{"body":{"id":504},"resource":"/feeds/504"}',
  },
])('$what', (row) => {
  expect(row.is).toBe(row.text)
})
