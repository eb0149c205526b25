import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbedded } from '@sluice/store/embedded'
import type { LoadPlan, LoadResult } from './load.ts'

export type FirstRun = { url: string; account: string; apiKey: string; mqttUrl: string; socketUrl: string }
export type Platform = AsyncDisposable & {
  firstRun: FirstRun
  port: number
  databaseUrl: string
  /** a further process beside it, ended with it */
  run(path: string, env?: NodeJS.ProcessEnv): ChildProcess
}

/** An embedded Postgres, and a Sluice on it in a process of its own. @param env settings beyond the usual ones */
export async function startPlatform(env: NodeJS.ProcessEnv = {}): Promise<Platform> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const postgres = await startEmbedded({ dataDir: join(dir, 'postgres'), log: () => undefined })
  const processes: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const child of processes) {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    }
    await postgres.close()
    await rm(dir, { recursive: true })
  }
  try {
    const place = { DATABASE_URL: postgres.url, SLUICE_DATA: dir, HOST: '127.0.0.1' }
    const ours = { ...process.env, ...place, PORT: '0', MQTT_PORT: 'off', SOCKET_PORT: 'off', ...env }
    processes.push(script('../../apps/cloud/src/main.ts', ours, 'ignore'))
    const firstRun = await readFirstRun(dir)
    return {
      firstRun,
      port: Number(new URL(firstRun.url).port),
      databaseUrl: postgres.url,
      run(path, more = {}) {
        const child = script(path, { ...ours, ...more }, 'inherit')
        processes.push(child)
        return child
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function script(path: string, env: NodeJS.ProcessEnv, stdout: 'ignore' | 'inherit'): ChildProcess {
  return fork(new URL(path, import.meta.url), { env, stdio: ['ignore', stdout, 'inherit', 'ipc'] })
}

/** The port that a process tells when it listens. */
export async function portOf(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [{ port: number }]
  return message.port
}

export const runLoad = (plan: LoadPlan): Promise<LoadResult> => runGenerator('load.ts', plan)

/** Runs a load generator in a process of its own, which is sent its plan and sends its result. */
export async function runGenerator<Result>(path: string, plan: object): Promise<Result> {
  const generator = fork(new URL(path, import.meta.url))
  const exit = once(generator, 'exit').then(([code]) =>
    Promise.reject(new Error(`the load generator ended with ${code}`)),
  )
  generator.send(plan)
  const [result] = (await Promise.race([once(generator, 'message'), exit])) as [Result]
  exit.catch(() => undefined)
  generator.kill()
  return result
}

async function readFirstRun(dir: string): Promise<FirstRun> {
  for (let tries = 0; tries < 200; tries++) {
    const ready = await readFile(join(dir, 'first-run.json'), 'utf8').then(
      (text) => JSON.parse(text) as FirstRun,
      () => null,
    )
    if (ready && (await fetch(`${ready.url}/readyz`).catch(() => null))?.ok) return ready
    await pause(100)
  }
  throw new Error('Sluice did not become ready within 20 s')
}
