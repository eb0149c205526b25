import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:net'
import { makeLogger, readConfig } from '@sluice/service'
import type { Database } from '@sluice/store'
import { openTestDatabase } from '@sluice/store/testing'
import { ApiConfig, startApi } from '../src/index.ts'
import type { Api, Entrance, PreparedApi } from '../src/index.ts'
import type { ApiParts } from '../src/assemble.ts'
import type { Timeouts } from '../src/config.ts'

export type Served = AsyncDisposable & {
  api: Api
  db: Database
  directory: PreparedApi['directory']
  dataDir: string
  /** what the server logged, line by line */
  log: string[]
  /** content of first-run.json */
  first: { email: string; password: string; apiKey: string; url: string }
  /** writes bytes on a connection of its own and answers what comes back until the server closes it */
  raw(...pieces: (string | Buffer | number)[]): Promise<string>
}
export type ServeOptions = {
  env?: Record<string, string>
  timeouts?: Timeouts
  sockets?: ApiParts['sockets']
  workbenchDir?: string
  entrance?: Entrance
  /** a database that others use too; one of its own unless given */
  database?: { db: Database }
  dataDir?: string
}

const PORTS = { PORT: '0', MQTT_PORT: 'off', SOCKET_PORT: 'off' }

/** The real api, listening on a free port, on a database and a data directory of its own. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  await using scope = new AsyncDisposableStack()
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sluice-api-')))
  if (options.dataDir === undefined) scope.defer(() => rm(dataDir, { recursive: true }))
  const { db } = options.database ?? scope.use(await openTestDatabase())
  const log: string[] = []
  const destination = { write: (line: string) => void log.push(line) }
  const logger = makeLogger({ level: 'info', name: 'test', destination })
  const config = readConfig(ApiConfig, { ...PORTS, SLUICE_DATA: dataDir, ...options.env })
  const { directory, start } = await startApi(config, {
    db,
    logger,
    ...(options.timeouts && { timeouts: options.timeouts }),
    ...(options.sockets && { sockets: options.sockets }),
    ...(options.workbenchDir !== undefined && { workbenchDir: options.workbenchDir }),
  })
  const api = scope.use(await start(options.entrance))
  const first = JSON.parse(await readFile(join(dataDir, 'first-run.json'), 'utf8')) as Served['first']
  const opened = scope.move()
  return {
    api,
    db,
    directory,
    dataDir,
    log,
    first,
    raw: (...pieces) => talk(api.port, pieces),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A number among the pieces is a pause in milliseconds. */
function talk(port: number, pieces: readonly (string | Buffer | number)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    // the server may reset a connection that it refused; what it said before counts
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    void (async () => {
      for (const piece of pieces) {
        if (typeof piece === 'number') await new Promise((done) => setTimeout(done, piece))
        else socket.write(piece)
      }
    })()
  })
}
