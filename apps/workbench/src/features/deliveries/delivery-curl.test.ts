import { expect, test } from 'vitest'
import { deliveryCurl, payloadOf } from './delivery-curl.ts'

const attempt = {
  number: 1,
  at: '2026-11-22T12:00:00.000000Z',
  duration_ms: 3,
  outcome: 'failed' as const,
  status: 503,
  error: null,
  request_headers: {},
  response_headers: {},
  response_body: '',
  next_at: null,
}

test('the command carries the identity of the last attempt, and what a shell would take apart is quoted', () => {
  const command = deliveryCurl({
    address: 'https://a.example/it?a=1&b=2',
    content_type: 'application/json',
    body: `{"name":"it's"}`,
    attempts_made: [
      { ...attempt, request_headers: { 'webhook-id': 'old', host: 'a.example' } },
      { ...attempt, number: 2, request_headers: { 'webhook-id': 'u', 'webhook-signature': 'v1,x', host: 'a.example' } },
    ],
  })
  expect(command.split(' \\\n  ')).toEqual([
    'curl --request POST',
    `--header 'Content-Type: application/json'`,
    `--header 'webhook-id: u'`,
    `--header 'webhook-signature: v1,x'`,
    String.raw`--data-binary '{"name":"it'\''s"}'`,
    `'https://a.example/it?a=1&b=2'`,
  ])
})

test.each([
  { content_type: 'application/json', body: '{"a":1}', payload: '{"a":1}' },
  { content_type: 'application/x-www-form-urlencoded', body: 'body=%7B%22a%22%3A1%7D', payload: '{"a":1}' },
  { content_type: 'application/x-www-form-urlencoded', body: 'other=1', payload: 'other=1' },
])('the payload of $body is $payload', ({ payload, ...delivery }) => {
  expect(payloadOf(delivery)).toBe(payload)
})
