import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { makeSecret, sign } from './signature.ts'

const strong = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count))
const nowS = (): number => Math.floor(Date.now() / 1000)

test('a secret is whsec_ and 32 bytes in base64', () => {
  expect(makeSecret((count) => new Uint8Array(count).fill(255))).toBe(`whsec_${'/'.repeat(42)}8=`)
  expect(makeSecret(strong)).not.toBe(makeSecret(strong))
})

describe('a signature', () => {
  test('is the published example', async () => {
    // the example of the specification of Standard Webhooks
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampS: 1_614_265_330,
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    }
    expect(await sign(message)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('verifies with the reference library, whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.json(), async (id, body) => {
        const secret = makeSecret(strong)
        const timestampS = nowS()
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timestampS),
          'webhook-signature': await sign({ id, timestampS, body, secrets: [secret] }),
        }
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
        expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature')
        expect(() => new Webhook(makeSecret(strong)).verify(body, headers)).toThrow('No matching signature')
        expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': `${id}x` })).toThrow('No matching')
      }),
      { numRuns: 50 },
    )
  })

  test('during a rotation the old secret verifies, and the new one', async () => {
    const [next, previous, other] = [makeSecret(strong), makeSecret(strong), makeSecret(strong)]
    const timestampS = nowS()
    const signature = await sign({ id: 'one', timestampS, body: '{}', secrets: [next, previous] })
    const headers = { 'webhook-id': 'one', 'webhook-timestamp': String(timestampS), 'webhook-signature': signature }
    expect(signature).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/)
    expect(new Webhook(next).verify('{}', headers)).toEqual({})
    expect(new Webhook(previous).verify('{}', headers)).toEqual({})
    expect(() => new Webhook(other).verify('{}', headers)).toThrow('No matching signature')
  })

  test('covers the bytes of a form as well', async () => {
    const secret = makeSecret(strong)
    const timestampS = nowS()
    const body = 'body=%7B%22title%22%3A%22%E6%BC%A2%22%7D'
    const headers = {
      'webhook-id': 'one',
      'webhook-timestamp': String(timestampS),
      'webhook-signature': await sign({ id: 'one', timestampS, body, secrets: [secret] }),
    }
    expect(new Webhook(secret).verify(body, headers, { jsonParse: false })).toBeUndefined()
  })

  test('is empty without a secret', async () => {
    expect(await sign({ id: 'one', timestampS: 1, body: '', secrets: [] })).toBe('')
  })

  test.each(['', 'whsec_', 'whsec_abc', 'AAAA', 'whsec_AAA*', 'whsec_AAAA='])(
    '%j is no secret, and is not repeated in the error',
    async (secret) => {
      const error: unknown = await sign({ id: 'one', timestampS: 1, body: '', secrets: [secret] }).catch(
        (error: unknown) => error,
      )
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toBe('TypeError: a signing secret is whsec_ and base64')
    },
  )

  test('an id with a full stop could be read in two ways', async () => {
    await expect(sign({ id: 'a.1', timestampS: 1, body: '', secrets: [] })).rejects.toThrow('full stop')
  })
})
