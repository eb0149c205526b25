import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { syncDirectory, writeDurably } from './durable-file.ts'
import { environment } from './environment.ts'
import type { Runner } from './runner.ts'

export const SUPERUSER = 'sluice'
const PASSWORD_FILE = 'postgres-password'
const WORKSHOP = 'initdb-'
const INITDB_TIMEOUT_MS = 120_000

export const clusterPath = (dataDir: string): string => join(dataDir, 'postgres')

/** The superuser's password, made at the first start. On disk before any cluster that needs it. */
export async function readOrMakePassword(dataDir: string): Promise<string> {
  const path = join(dataDir, PASSWORD_FILE)
  const kept = await readFile(path, 'utf8').catch(() => null)
  if (kept) return kept
  if (await stat(clusterPath(dataDir)).catch(() => null)) {
    throw new Error(`${path} is missing, and the database in ${dataDir} cannot be opened without it: restore the file`)
  }
  const password = randomBytes(32).toString('base64url')
  await writeDurably(path, password, 'replace')
  return password
}

/**
 * Makes an empty cluster unless there is one. It is made aside and renamed when complete, so a start that was killed
 * half-way leaves nothing but a directory that the next one removes.
 * @returns whether it was made now
 */
export async function ensureCluster(
  dataDir: string,
  password: string,
  tools: { binaries: Binaries; runner: Runner; workshop: string },
): Promise<boolean> {
  if (await stat(join(clusterPath(dataDir), 'PG_VERSION')).catch(() => null)) return false
  const { binaries, runner, workshop } = tools
  const passwordFile = join(workshop, 'password')
  await writeFile(passwordFile, password, { mode: 0o400 })
  if (runner.owner) await chown(passwordFile, runner.owner.uid, runner.owner.gid)
  const made = join(workshop, 'cluster')
  const { file, args } = runner.command(binaries.initdb, [
    `--pgdata=${made}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    '--locale=C',
    // the same order and character classes on every machine, whatever its C library
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ])
  await promisify(execFile)(file, args, { cwd: workshop, timeout: INITDB_TIMEOUT_MS, env: environment() })
  await rename(made, clusterPath(dataDir))
  await syncDirectory(dataDir)
  return true
}

/** An empty directory that the runner's user owns; what killed starts left of theirs is removed. */
export async function openWorkshop(dataDir: string, runner: Runner): Promise<string> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(WORKSHOP)) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 })
  }
  const workshop = join(dataDir, `${WORKSHOP}${randomBytes(6).toString('hex')}`)
  await mkdir(workshop, { mode: 0o700 })
  if (runner.owner) await chown(workshop, runner.owner.uid, runner.owner.gid)
  return workshop
}
