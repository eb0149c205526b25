import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that a target got, and what it did with it. */
export type Received = {
  target: string
  id: string
  body: string
  headers: Record<string, string>
  /** milliseconds, of one clock for all targets */
  at: number
  /** 0 where there was no answer */
  answered: number
}

export type Script = 'ok' | 'fail' | 'hang' | 'redirect' | 'reset' | 'drip'
export const SCRIPTS: readonly Script[] = ['ok', 'fail', 'hang', 'redirect', 'reset', 'drip']

export type Receiver = AsyncDisposable & {
  url(target: string): string
  received: Received[]
  /** requests to where the redirects point: must stay 0 */
  followed(): number
  /** From now on every target answers 200. */
  heal(): void
}

/**
 * Targets that misbehave by a script: `/fail-1` answers half of its requests with 500 or 503, `/hang-1` leaves every
 * fourth without an answer, and so on; which ones is decided by a seeded generator. Each request is noted before it is
 * answered.
 */
export async function openReceiver(seed: number): Promise<Receiver> {
  const received: Received[] = []
  let state = seed
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  let isHealthy = false
  let followed = 0

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const target = (request.url ?? '').slice(1)
      if (target === 'elsewhere') followed++
      const entry: Received = {
        target,
        id: String(request.headers['webhook-id']),
        body,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
        at: Date.now(),
        answered: 0,
      }
      received.push(entry)
      const script = target.split('-', 1)[0] as Script
      answer(entry, response, isHealthy || random() < 0.5 ? 'ok' : script)
    })
  })
  const answer = (entry: Received, response: ServerResponse, script: Script): void => {
    const end = (status: number, headers: Record<string, string> = {}): void => {
      entry.answered = status
      response.writeHead(status, headers).end('noted')
    }
    if (script === 'ok') end(200)
    else if (script === 'fail' && random() < 0.5) end(500)
    else if (script === 'fail') end(503, { 'retry-after': '2' })
    else if (script === 'redirect') end(302, { location: '/elsewhere' })
    else if (script === 'reset')
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
    else if (script === 'drip') response.writeHead(500).write('drop by drop')
    // hang: no answer at all
  }
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (target) => `http://127.0.0.1:${port}/${target}`,
    received,
    followed: () => followed,
    heal: () => (isHealthy = true),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
