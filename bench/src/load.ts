// Load generator, a process of its own. Closed loop: each connection sends its next request when the answer to the last
// is there. Raw sockets and prepared bytes, so that on a machine of two cores it takes as little as possible of them.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { formatTimestamp } from '@sluice/model'

export type LoadPlan = {
  port: number
  /** one connection for each target; its requests go to its own datastreams in turn, with its own key */
  targets: { paths: string[]; apiKey: string }[]
  kind: 'single' | 'batch'
  /** points in the body of a batch */
  points: number
  /** of single values: every so many requests of a connection the value is far above the usual one; never unless given */
  peakEvery?: number
  /** seconds that count; one more second runs before, in which connections open and everything gets warm */
  seconds: number
}
export type LoadResult = { requests: number; seconds: number; p50Ms: number; p99Ms: number }

if (process.send) {
  process.once('message', (plan) => {
    generate(plan as LoadPlan).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}

const WARM_UP_MS = 1000

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const latencies: number[] = []
  const startedAt = performance.now() + WARM_UP_MS
  const endAt = startedAt + plan.seconds * 1000
  await Promise.all(plan.targets.map((target, index) => drive(plan, { ...target, index, startedAt, endAt, latencies })))
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
  return {
    requests: latencies.length,
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

type Connection = {
  paths: string[]
  apiKey: string
  index: number
  startedAt: number
  endAt: number
  latencies: number[]
}

async function drive(plan: LoadPlan, connection: Connection): Promise<void> {
  const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true })
  const next =
    plan.kind === 'single' ? singleRequests(connection, plan.peakEvery) : batchRequests(connection, plan.points)
  await new Promise<void>((resolve, reject) => {
    let sentAt = performance.now()
    const send = (): void => {
      sentAt = performance.now()
      if (sentAt >= connection.endAt) resolve()
      else socket.write(next())
    }
    socket.once('connect', send)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a connection')))
    let rest = ''
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1')
      if (!rest.includes('\r\n\r\n')) return
      if (!rest.startsWith('HTTP/1.1 200')) return reject(new Error(`unexpected answer: ${rest.slice(0, 300)}`))
      rest = ''
      const now = performance.now()
      if (now >= connection.startedAt) connection.latencies.push(now - sentAt)
      send()
    })
  })
  end(socket)
}

function end(socket: Socket): void {
  socket.removeAllListeners('close')
  socket.destroy()
}

/** A device's everyday request: one value, no time. */
function singleRequests({ paths, apiKey, index }: Connection, peakEvery = Number.POSITIVE_INFINITY): () => Buffer {
  const put = (path: string, body: string): Buffer =>
    Buffer.from(`PUT ${path} HTTP/1.1\r\n${head(apiKey, body.length)}${body}`)
  const usual = paths.map((path) => put(path, '{"current_value":"21.53"}'))
  const peaks = paths.map((path) => put(path, '{"current_value":"99.53"}'))
  // not all connections at once
  let count = index * 7
  return () => {
    count++
    const requests = count % peakEvery === 0 ? peaks : usual
    return requests[count % paths.length] as Buffer
  }
}

/** A gateway's upload: as many points as API v2 takes in one request, each at a time of its own. */
function batchRequests({ paths, apiKey, index }: Connection, points: number): () => Buffer {
  const [path = ''] = paths
  // times that neither another connection nor another round of the same run uses
  let at = Date.now() * 1000 - 60e6 * (1 + index)
  return () => {
    const list: string[] = []
    for (let point = 0; point < points; point++) {
      at += 7
      list.push(`{"at":"${formatTimestamp(at)}","value":"${(20 + (at % 997) / 100).toFixed(2)}"}`)
    }
    const body = `{"datapoints":[${list.join(',')}]}`
    return Buffer.from(`POST ${path}/datapoints HTTP/1.1\r\n${head(apiKey, body.length)}${body}`)
  }
}

const head = (apiKey: string, bodyBytes: number): string =>
  `Host: localhost\r\nX-ApiKey: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n\r\n`
