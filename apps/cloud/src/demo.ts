// `npm run demo`: the platform, as `npm start` runs it, in a process of its own, and beside it a simulated weather
// station that knows nothing but the public API.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ApiError, createClient } from '@sluice/sdk'
import { parseConfig } from '@sluice/service'
import { CloudConfig } from './config.ts'
import { prepareStation, runStation } from './demo/station.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const config = parseConfig(CloudConfig)
const platform = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
  // out of the terminal's reach: Ctrl-C stops the station first, then the platform, once
  detached: true,
})
const ended = once(platform, 'exit')
const stopping = new AbortController()
const stop = (): void => {
  stopping.abort()
  platform.kill('SIGTERM')
}
process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)

let isStationFailed = false
createInterface({ input: platform.stdout }).on('line', (line) => {
  say(line)
  const url = /^Sluice is ready: (\S+)/.exec(line)?.[1]
  if (url === undefined) return
  station(url).catch((error: unknown) => {
    if (stopping.signal.aborted) return
    say(`The weather station stopped: ${reasonOf(error)}`)
    isStationFailed = true
    stop()
  })
})

const [code] = (await ended) as [number | null]
stopping.abort()
process.exitCode = isStationFailed ? 1 : (code ?? 1)

async function station(url: string): Promise<void> {
  const client = createClient({ baseUrl: url, apiKey: await readKey() })
  const { deviceId, feedId } = await prepareStation(client, Date.now())
  say(`See it live: ${url}/devices/${deviceId}`)
  say(
    'A simulated weather station sends five invented values every 2 seconds through the public API; Ctrl-C stops both',
  )
  await runStation(client, feedId, stopping.signal)
}

/** The key that the first start wrote down. */
async function readKey(): Promise<string> {
  const firstRun = JSON.parse(await readFile(join(config.SLUICE_DATA, 'first-run.json'), 'utf8')) as { apiKey: string }
  return firstRun.apiKey
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) {
    return `the key in ${config.SLUICE_DATA}/first-run.json is not valid any more`
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return `there is no first-run.json in ${config.SLUICE_DATA}, and it needs the API key of the first start`
  }
  return error instanceof Error ? error.message : String(error)
}
