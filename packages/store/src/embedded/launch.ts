import { spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Binaries } from './binaries.ts'
import { SUPERUSER } from './cluster.ts'
import { environment } from './environment.ts'
import type { Runner } from './runner.ts'

/**
 * On the command line and not in postgresql.conf, because a file that was appended to came back damaged after a power
 * cut. fsync and synchronous_commit are not among them: they are on unless somebody turned them off with ALTER SYSTEM,
 * and then the durability check must see it.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // the platform idles below 350 MB, and shared pages count in every process that touched them
  shared_buffers: '32MB',
  max_connections: '60',
  io_method: 'sync',
  jit: 'off',
  max_wal_size: '1GB',
  wal_compression: 'on',
  // many partitions in one query
  max_locks_per_transaction: '128',
  max_worker_processes: '4',
  max_logical_replication_workers: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
}

const LOG_FILE = 'postgres.log'
const LOG_BYTES_MAX = 16 * 1024 * 1024
const READY_POLL_MS = 20

/**
 * Starts Postgres in a session of its own, so that Ctrl-C in the terminal does not reach it before the server drained,
 * and so that it outlives a server that is killed.
 * @param tools.port a free one where undefined
 * @returns its port once it accepts connections, or what its log said if it ended instead
 */
export async function launch(
  place: { dataDir: string; cluster: string; password: string },
  tools: { binaries: Binaries; runner: Runner; port: number | undefined },
  deadlineMs: number,
): Promise<{ port: number; pid: number } | { refusal: string }> {
  const port = tools.port ?? (await findFreePort())
  const logPath = join(place.dataDir, LOG_FILE)
  const log = await openLog(logPath)
  const logStart = (await log.stat()).size
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { file, args } = tools.runner.command(tools.binaries.postgres, ['-D', place.cluster, ...settings])
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: place.dataDir,
    env: environment(),
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`))
    child.once('error', (error) => resolve(error.message))
  })
  child.unref()
  await log.close()
  let refusal: string | null = null
  void ended.then((reason) => (refusal = reason))
  while (performance.now() < deadlineMs) {
    if (refusal !== null) return { refusal: `${await tailOf(logPath, logStart)} (${String(refusal)})` }
    const state = await tryConnect(port, place.password)
    if (state === 'ready' && child.pid !== undefined) return { port, pid: child.pid }
    await sleep(READY_POLL_MS)
  }
  if (child.pid !== undefined && refusal === null) child.kill('SIGQUIT')
  return { refusal: `${await tailOf(logPath, logStart)} (it was not ready in time)` }
}

export const urlOf = (port: number, password: string, database: string): string =>
  `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`

/** `starting` also stands for recovering, and `stopping` for being shut down by somebody. */
export type Readiness = 'ready' | 'starting' | 'stopping' | 'refused' | 'absent'

/** One attempt to open a session as the superuser. */
export async function tryConnect(port: number, password: string): Promise<Readiness> {
  const client = new pg.Client({
    connectionString: urlOf(port, password, 'postgres'),
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return 'ready'
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) return 'absent'
    if (error.code === '57P03') return /shutting down/.test(error.message) ? 'stopping' : 'starting'
    return error.code === '28P01' || error.code === '28000' ? 'refused' : 'starting'
  } finally {
    await client.end().catch(() => {})
  }
}

/** Free when asked; if another program takes it before Postgres does, Postgres ends and is started on another. */
async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function openLog(path: string) {
  const size = (await stat(path).catch(() => null))?.size ?? 0
  if (size > LOG_BYTES_MAX) await rename(path, `${path}.1`)
  return open(path, 'a', 0o600)
}

async function tailOf(path: string, from: number): Promise<string> {
  const text = (await readFile(path).catch(() => Buffer.alloc(0))).subarray(from).toString()
  return text.trim().split('\n').slice(-8).join('\n')
}
