import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A worker as a process of its own on this database, to be killed from outside or at a failpoint. */
export function startWorkerProcess(options: { databaseUrl: string; failpoint?: string }): {
  /** the signal that ended it */
  ended: Promise<NodeJS.Signals | null>
  kill(): Promise<void>
} {
  const child = spawn(process.execPath, [new URL('worker-process.ts', import.meta.url).pathname], {
    env: { ...process.env, DATABASE_URL: options.databaseUrl, SLUICE_FAILPOINT: options.failpoint ?? '' },
    stdio: 'inherit',
  })
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
  return {
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
