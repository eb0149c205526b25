import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type FirstRun = {
  url: string
  account: string
  email: string
  password: string
  apiKey: string
  wampUrl: string
  realm: string
  mqttUrl: string | null
  socketUrl: string | null
}
export type ServerProcess = AsyncDisposable & {
  pid: number
  /** milliseconds from the start of the process to its first 200 on /readyz */
  readyMs: number
  firstRun: FirstRun
  /** everything printed so far */
  output(): string
  /** resolves when the process ends by itself */
  exited: Promise<number | null>
  /** sends a signal and waits for the end of the process */
  end(signal: NodeJS.Signals): Promise<number | null>
}

const READY_MS_MAX = 60_000

/** `npm start` without npm: the platform as a process of its own on `dataDir`, ready when this resolves. */
export async function startServer(options: {
  dataDir: string
  port: number
  env?: Record<string, string>
  /** it is to be killed, perhaps before it says that it is ready */
  mayDieEarly?: boolean
}): Promise<ServerProcess> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [new URL('../src/main.ts', import.meta.url).pathname], {
    env: {
      ...process.env,
      DATABASE_URL: '',
      HOST: '127.0.0.1',
      PORT: String(options.port),
      MQTT_PORT: '0',
      SOCKET_PORT: '0',
      SLUICE_DATA: options.dataDir,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  const output = (): string => printed.join('')
  const exited = once(child, 'exit').then(([code]) => code as number | null)

  const url = `http://127.0.0.1:${options.port}`
  while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded && options.mayDieEarly === true && child.signalCode === 'SIGKILL') break
    if (hasEnded || performance.now() - startedAt > READY_MS_MAX)
      throw new Error(`the server did not get ready:\n${output()}`)
    await pause(20)
  }
  const readyMs = performance.now() - startedAt
  const firstRun = JSON.parse(await readFile(join(options.dataDir, 'first-run.json'), 'utf8')) as FirstRun
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return exited
  }
  return {
    pid: child.pid ?? 0,
    readyMs,
    firstRun,
    output,
    exited,
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGTERM')
    },
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
