import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { Fuzzed } from './requests.ts'

export type Answered = { status: number; headers: IncomingHttpHeaders; body: Buffer }
export type FuzzClient = Disposable & { send(fuzzed: Fuzzed): Promise<Answered> }

const TIMEOUT_MS = 30_000

/** Keep-alive connections to one port; paths go out as they are written. */
export function makeClient(port: number, connections: number): FuzzClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body ? { 'content-length': body.length } : {}
        const options = { agent, port, host: '127.0.0.1', method, path, headers: { ...headers, ...length } }
        const asked = request({ ...options, timeout: TIMEOUT_MS }, (answer) => {
          const pieces: Buffer[] = []
          answer.on('data', (piece: Buffer) => pieces.push(piece))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) }),
          )
        })
        asked.on('error', reject).on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)))
        asked.end(body ?? undefined)
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
