import { access, constants, mkdir, realpath, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Binaries, findBinaries } from './binaries.ts'
import { clusterPath, ensureCluster, openWorkshop, readOrMakePassword } from './cluster.ts'
import { launch, tryConnect, urlOf } from './launch.ts'
import { clearStaleLock, isPostmasterAlive, readPostmaster, stopPostmaster } from './postmaster.ts'
import { type Runner, findRunner, withAccess } from './runner.ts'
import { claimDataDirectory } from './server-lock.ts'
import { supervise } from './supervise.ts'

export type Embedded = {
  /** of the database `sluice`, with the password: never to be logged */
  url: string
  /** whether a Postgres was found that an earlier, killed server had left running */
  adopted: boolean
  /** ends all sessions and stops Postgres; waits until it is gone */
  close(): Promise<void>
}

const DATABASE = 'sluice'
/** recovery after a crash may replay up to max_wal_size */
const START_TIMEOUT_MS = 120_000
/** how long processes of a dead Postgres may take to go */
const LOCK_TIMEOUT_MS = 30_000
const RETRY_MS = 200

/**
 * Runs a real Postgres on files of our own, reachable from this machine only. Its superuser's password is random and
 * kept beside it, readable by us alone. Only one server at a time may use a directory. A Postgres that ends by itself is
 * started again on the same port.
 * @param options.dataDir created when missing; the cluster is its folder `postgres`
 * @param options.log gets one sentence for each thing that takes time or was repaired
 * @throws {Error} one sentence that says what to do
 */
export async function startEmbedded(options: { dataDir: string; log(line: string): void }): Promise<Embedded> {
  await ensureDataDirectory(resolve(options.dataDir))
  const dataDir = await realpath(options.dataDir)
  const giveBack = await claimDataDirectory(dataDir)
  try {
    const place = { dataDir, cluster: clusterPath(dataDir), password: await readOrMakePassword(dataDir) }
    const { port, pid, adopted } = await findOrStart(place, options.log)
    await ensureDatabase(urlOf(port, place.password, 'postgres')).catch(async (error: unknown) => {
      await stopPostmaster(pid)
      throw error
    })
    // on the same port, because the address of the database has been handed out
    const restart = async () => (await startNew(place, options.log, port)).pid
    const supervisor = supervise(pid, restart, options.log)
    let closing: Promise<void> | undefined
    const close = async () => {
      await stopPostmaster(await supervisor.release())
      await giveBack()
    }
    return { url: urlOf(port, place.password, DATABASE), adopted, close: () => (closing ??= close()) }
  } catch (error) {
    await giveBack()
    throw error
  }
}

type Place = { dataDir: string; cluster: string; password: string }

async function findOrStart(place: Place, log: (line: string) => void) {
  const running = await adopt(place)
  if (!running) return { ...(await startNew(place, log)), adopted: false }
  log('The Postgres of an earlier server was still running and has been taken over')
  return { ...running, adopted: true }
}

/** @param port of the one that ended, a free one where there was none */
async function startNew(place: Place, log: (line: string) => void, port?: number) {
  if (port !== undefined && !(await stat(place.cluster).catch(() => null))) {
    throw new Error(`${place.cluster} is gone: restore it, and start Sluice again`)
  }
  const binaries = await findBinaries()
  const runner = await prepare(place, binaries, log)
  return start(place, { binaries, runner, port, log })
}

/** @throws {Error} when a Postgres runs on this directory that does not take our password */
async function adopt({ cluster, password }: Place): Promise<{ port: number; pid: number } | null> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS
  for (;;) {
    const postmaster = await readPostmaster(cluster)
    if (!postmaster || !(await isPostmasterAlive(cluster, postmaster))) return null
    const state = await tryConnect(postmaster.port, password)
    if (state === 'ready' && (await servesCluster(urlOf(postmaster.port, password, 'postgres'), cluster))) {
      return postmaster
    }
    if (state === 'refused' || performance.now() > deadline) {
      throw new Error(
        `A Postgres (process ${postmaster.pid}) that Sluice cannot open is running on ${cluster}: stop it and start again`,
      )
    }
    await sleep(RETRY_MS / 4)
  }
}

async function servesCluster(url: string, cluster: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    const served = rows[0]?.data_directory
    return served !== undefined && (await realpath(served).catch(() => served)) === cluster
  })
}

async function prepare(place: Place, binaries: Binaries, log: (line: string) => void): Promise<Runner> {
  const plain = await findRunner(place.cluster)
  const workshop = await openWorkshop(place.dataDir, plain)
  try {
    const runner = await withAccess(plain, binaries, workshop)
    const began = performance.now()
    if (await ensureCluster(place.dataDir, place.password, { binaries, runner, workshop })) {
      log(`An empty Postgres was made in ${place.cluster} (${Math.round(performance.now() - began)} ms)`)
    }
    return runner
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function start(
  place: Place,
  tools: { binaries: Binaries; runner: Runner; port: number | undefined; log(line: string): void },
): Promise<{ port: number; pid: number }> {
  const began = performance.now()
  for (;;) {
    if (await clearStaleLock(place.cluster, began + LOCK_TIMEOUT_MS)) {
      throw new Error(`Processes of an earlier Postgres are still at work in ${place.cluster}: try again in a minute`)
    }
    const outcome = await launch(place, tools, performance.now() + START_TIMEOUT_MS)
    if (!('refusal' in outcome)) return outcome
    const mayPass = /lock file .* already exists|could not bind|shared memory block .* still in use/.test(
      outcome.refusal,
    )
    if (!mayPass || performance.now() - began > LOCK_TIMEOUT_MS) {
      throw new Error(`Postgres did not start on ${place.cluster}: ${outcome.refusal}`)
    }
    tools.log('Postgres cannot start yet, trying again')
    await sleep(RETRY_MS)
  }
}

async function ensureDataDirectory(dataDir: string): Promise<void> {
  // started by root, Postgres is another user and has to pass through; our own files in it are closed one by one
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    if (!(await stat(dataDir).catch(() => null))) await mkdir(dataDir, { recursive: true, mode })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(
      `${dataDir} cannot be used by user ${process.getuid?.() ?? 'of this process'}: start Sluice as its owner, or set SLUICE_DATA to another directory`,
      { cause },
    )
  }
}

async function ensureDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  })
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
