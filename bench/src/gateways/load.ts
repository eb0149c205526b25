// Load generator of the gateways, a process of its own. Closed loop: each connection sends its next value when it has heard
// that the last one is stored. Raw sockets and prepared bytes, so that it takes as little as possible of the machine.
import { connect } from 'node:net'
import { DIALECTS } from './dialects.ts'
import type { Dialect, DialectName, Target } from './dialects.ts'

export type GatewayPlan = { dialect: DialectName; port: number; targets: Target[]; seconds: number }
export type GatewayResult = { values: number; seconds: number; p50Ms: number; p99Ms: number }

const WARM_UP_MS = 1000

if (process.send) {
  process.once('message', (plan) => {
    generate(plan as GatewayPlan).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}

async function generate({ dialect, port, targets, seconds }: GatewayPlan): Promise<GatewayResult> {
  const latencies: number[] = []
  const countsFrom = performance.now() + WARM_UP_MS
  const endsAt = countsFrom + seconds * 1000
  const run = { dialect: DIALECTS[dialect], port, countsFrom, endsAt, latencies }
  await Promise.all(targets.map((target) => drive(run, target)))
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
  const took = (performance.now() - countsFrom) / 1000
  return { values: latencies.length, seconds: took, p50Ms: at(0.5), p99Ms: at(0.99) }
}

type Run = { dialect: Dialect; port: number; countsFrom: number; endsAt: number; latencies: number[] }

function drive({ dialect, port, countsFrom, endsAt, latencies }: Run, target: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const greeting = dialect.greeting(target)
    let isGreeted = greeting === null
    let heard: Buffer = Buffer.alloc(0)
    let sentAt = 0
    let number = 0
    const send = (): void => {
      sentAt = performance.now()
      if (sentAt < endsAt) {
        socket.write(isGreeted || !greeting ? dialect.request(target, number++) : greeting)
        return
      }
      socket.removeAllListeners('close').destroy()
      resolve()
    }
    socket.once('connect', send).once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk: Buffer) => {
      heard = heard.length === 0 ? chunk : Buffer.concat([heard, chunk])
      const isGood = dialect.isAnswer(heard)
      if (isGood === null) return
      if (!isGood) return reject(new Error(`unexpected answer: ${heard.toString('latin1').slice(0, 300)}`))
      heard = Buffer.alloc(0)
      const now = performance.now()
      if (isGreeted && now >= countsFrom) latencies.push(now - sentAt)
      isGreeted = true
      send()
    })
  })
}
