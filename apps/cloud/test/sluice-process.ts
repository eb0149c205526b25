import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The command `sluice` as a process of its own. */
export type SluiceProcess = AsyncDisposable & {
  /** what it printed, line by line */
  lines(): string[]
  errors(): string
  /** resolves when it ends by itself */
  exited: Promise<number | null>
  /** Ctrl-C, or another signal, and the end of the process */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const PROGRAM = fileURLToPath(new URL('../../../packages/cli/bin/sluice.mjs', import.meta.url))

/** @param options.dir working directory, where `.sluice` may be */
export function startSluice(
  args: readonly string[],
  options: { env?: Record<string, string>; dir?: string } = {},
): SluiceProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, SLUICE_URL: '', SLUICE_KEY: '', ...options.env },
    cwd: options.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const end = async (signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> => {
    child.kill(signal)
    return exited
  }
  return {
    lines: () => printed.split('\n').filter((line) => line !== ''),
    errors: () => complaints,
    exited,
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
    },
  }
}
