import { expect, test } from 'vitest'
import { createClient } from './client.ts'

const clientOf = (answer: () => Response | Promise<never>) => {
  const asked: string[] = []
  const fetch = async (url: string | URL | Request): Promise<Response> => {
    asked.push((url as string).slice('http://sluice.test'.length))
    return answer()
  }
  return { client: createClient({ baseUrl: 'http://sluice.test', fetch }), asked }
}

test.each([
  { status: 200, body: '{"id":1}', bytesMax: 8, read: '{"id":1}', isCut: false },
  { status: 200, body: '{"id":1}', bytesMax: 7, read: '{"id":1', isCut: true },
  { status: 200, body: '', bytesMax: 7, read: '', isCut: false },
  { status: 404, body: '{"title":"Not found"}', bytesMax: 100, read: '{"title":"Not found"}', isCut: false },
  { status: 503, body: 'later', bytesMax: 100, read: 'later', isCut: false },
])('a raw answer $status of "$body", at most $bytesMax bytes', async ({ status, body, bytesMax, read, isCut }) => {
  const { client, asked } = clientOf(() => new Response(body, { status, headers: { 'x-request-id': '7f' } }))
  const answer = await client.reference.read('/v2/feeds/1.csv?limit=5', { bytesMax })
  expect(new TextDecoder().decode(answer.body)).toBe(read)
  expect(answer).toMatchObject({ status, isCut })
  expect(answer.headers.get('x-request-id')).toBe('7f')
  expect(asked).toEqual(['/v2/feeds/1.csv?limit=5'])
})

test('no answer is an ApiError, and is not asked for again', async () => {
  const { client, asked } = clientOf(() => Promise.reject(new TypeError('fetch failed')))
  await expect(client.reference.read('/v2/feeds')).rejects.toMatchObject({ status: 0, title: 'No connection' })
  expect(asked).toHaveLength(1)
})

test('the API describes itself', async () => {
  const { client, asked } = clientOf(() => new Response('{"openapi":"3.1.0"}'))
  expect(await client.reference.document()).toEqual({ openapi: '3.1.0' })
  expect(asked).toEqual(['/openapi.json'])
})
