import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Job, Measured } from './generator.ts'

export const ROUTERS = ['sluice', 'fox-wamp', 'bare-ws'] as const
export type RouterName = (typeof ROUTERS)[number]

export interface RouterProcess extends AsyncDisposable {
  readonly name: RouterName
  readonly pid: number
  readonly port: number
  /** Resident memory in kB, before and after a garbage collection. */
  memory(): Promise<{ asIs: number; collected: number }>
}

const ROUTER_CORE = '0'
const GENERATOR_CORE = '1'

/** A router in a process of its own, on a core of its own. */
export async function startRouter(name: RouterName): Promise<RouterProcess> {
  const child = pinned(ROUTER_CORE, `routers/${name}.ts`, ['--expose-gc', ...profiling(name)])
  const { port } = await answerOf<{ port: number }>(child)
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start`)
  return {
    name,
    pid,
    port,
    async memory() {
      const asIs = residentKb(pid)
      child.send('collect')
      await answerOf(child)
      return { asIs, collected: residentKb(pid) }
    },
    [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
  }
}

/** Has a generator do one job, and ends it. */
export async function measure(job: Job & { do: 'measure' }): Promise<Measured> {
  const child = pinned(GENERATOR_CORE, 'generator.ts', [])
  child.send(job)
  const measured = await answerOf<Measured>(child)
  await end(child, 'SIGKILL')
  return measured
}

/** Has a generator join idle sessions. @returns ends them */
export async function joinIdle(job: Job & { do: 'idle' }): Promise<() => Promise<void>> {
  const child = pinned(GENERATOR_CORE, 'generator.ts', [])
  child.send(job)
  await answerOf(child)
  return () => end(child, 'SIGKILL')
}

function pinned(core: string, path: string, flags: string[]): ChildProcess {
  return fork(new URL(path, import.meta.url), {
    execPath: 'taskset',
    execArgv: ['-c', core, process.execPath, ...flags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const exit = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a process ended with ${code}`)))
  exit.catch(() => undefined)
  const [answer] = (await Promise.race([once(child, 'message'), exit])) as [Answer]
  return answer
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

function residentKb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}

/** BENCH_CPU_PROF=DIR leaves a profile of each router there, for the DevTools or `node --cpu-prof`'s readers. */
function profiling(name: RouterName): string[] {
  const dir = process.env['BENCH_CPU_PROF']
  return dir ? ['--cpu-prof', `--cpu-prof-dir=${dir}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`] : []
}
