// A process of its own: makes one load on one router, measures, and ends.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type LoadPlan, startLoad } from './loads.ts'
import { RawClient } from './raw-client.ts'

export type Job =
  | { do: 'measure'; port: number; pid: number; plan: LoadPlan; warmUpMs: number; windowMs: number }
  | { do: 'idle'; port: number; sessions: number }
/** One window. @property cpuS user and system time of the router's process */
export type Measured = { count: number; seconds: number; cpuS: number; p50Ms: number; p99Ms: number }

const CONNECTING = 50

process.once('message', (job) => {
  const done = (job as Job).do === 'idle' ? idle(job as Job & { do: 'idle' }) : measure(job as Job & { do: 'measure' })
  done.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function measure(job: Job & { do: 'measure' }): Promise<Measured> {
  const load = await startLoad(job.port, job.plan)
  await pause(job.warmUpMs)
  load.takeLatencies()
  const before = { count: load.count(), at: performance.now(), cpuS: cpuSecondsOf(job.pid) }
  await pause(job.windowMs)
  const cpuS = cpuSecondsOf(job.pid) - before.cpuS
  const seconds = (performance.now() - before.at) / 1000
  const count = load.count() - before.count
  const latencies = load.takeLatencies().toSorted((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
  await load.stop()
  return { count, seconds, cpuS, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Joins that many sessions, which say nothing more but answer pings, until the process is ended. */
async function idle(job: Job & { do: 'idle' }): Promise<{ joined: number }> {
  let left = job.sessions
  const joiner = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const client = await RawClient.join(job.port)
      client.trim()
    }
  }
  await Promise.all(Array.from({ length: CONNECTING }, joiner))
  return { joined: job.sessions }
}

/** User and system time of a process so far, all of its threads; see "scheduler statistics" of the Linux kernel. */
function cpuSecondsOf(pid: number): number {
  let ns = 0
  for (const thread of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
  return ns / 1e9
}
