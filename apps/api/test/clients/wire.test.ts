import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, askOnce, askUntilClose, bytesOf, dial } from './wire.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that says the same to everybody, in these pieces. */
async function saying(...pieces: string[]): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).setNoDelay(true)
    socket.once('data', () => {
      const [first = '', ...rest] = pieces
      socket.write(first)
      // a second packet: it must not be on its way together with the first
      setTimeout(() => socket.end(rest.join('')), 50)
    })
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
const body = (count: number): string => 'a'.repeat(count)
const head = (length: number, ...more: string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Length: ${length}`, ...more, '', ''].join('\r\n')
const GET = Buffer.from('GET / HTTP/1.1\r\n\r\n')

describe('a reader like libxively’s refuses', () => {
  test.each([
    ['a body that comes in a second packet', [head(5), 'hello'], /5 bytes of the body are not in/],
    ['a body that ends behind 512 bytes', [head(480) + body(480)], /bytes of the body are not in the first 512/],
    ['a header value of 64 characters', [head(0, `Location: ${body(64)}`)], /Location: a+ is too long/],
    ['a header name of 64 characters', [head(0, `${body(64)}: 1`)], /is too long/],
    ['sixteen headers', [head(0, ...Array.from({ length: 15 }, (_, n) => `X-${n}: 1`))], /16 headers are too many/],
    ['a reason of 32 characters', [head(0).replace('OK', body(32))], /reason a+ is too long/],
    ['a second body of one byte', [`${head(1)}ab`], /-1 bytes/],
  ])('%s', async (_what, pieces, sentence) => {
    await expect(askOnce(await saying(...pieces), GET)).rejects.toThrow(sentence)
  })

  test('but takes 512 bytes in one packet', async () => {
    const whole = head(472) + body(472)
    expect(whole).toHaveLength(512)
    expect((await askOnce(await saying(whole), GET)).body).toBe(body(472))
  })
})

describe('a reader by length refuses', () => {
  test.each([
    ['no length', [head(0).replace('Content-Length: 0\r\n', '')], /no Content-Length/],
    ['chunks', [head(0, 'Transfer-Encoding: chunked')], /transfer coding/],
    ['half a body', [head(5), 'he'], /closed the connection/],
    ['an answer that is no HTTP', ['SSH-2.0-x\r\n\r\n'], /no status line/],
  ])('%s', async (_what, pieces, sentence) => {
    await expect(ask(await saying(...pieces), GET)).rejects.toThrow(sentence)
  })

  test('bytes behind the body, when it asks again', async () => {
    using line = dial(await saying(`${head(1)}ab`))
    expect((await line.ask(GET)).body).toBe('a')
    await expect(line.ask(GET)).rejects.toThrow(/1 bytes too many/)
  })
})

test('a reader until the end refuses a length that is not that of the body', async () => {
  await expect(askUntilClose(await saying(head(3), 'ab'), GET)).rejects.toThrow('the length is wrong')
  expect(await askUntilClose(await saying(head(2), 'ab'), GET)).toMatchObject({ status: 200, body: 'ab' })
})

test('placeholders are filled, the length counts bytes, and one without a value is a mistake', () => {
  expect(bytesOf('PUT /{FEED}\r\nContent-Length: {LENGTH}\r\n\r\n', { FEED: 5 }, '{"unit":"°C"}').toString()).toBe(
    'PUT /5\r\nContent-Length: 14\r\n\r\n{"unit":"°C"}',
  )
  expect(() => bytesOf('{KEY}', {})).toThrow('no value for {KEY}')
})
