import { randomBytes } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from './durable-file.ts'
import { isAlive, startOf } from './process-table.ts'

const FILE = 'server.pid'
const ATTEMPTS_MAX = 5

/**
 * Claims a data directory for this process. The lock of a process that is gone (killed, power cut, number reused by
 * another program) is taken over.
 * @returns gives the directory back
 * @throws {Error} one sentence, when a live server holds it; nothing was touched
 */
export async function claimDataDirectory(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, FILE)
  const mine = JSON.stringify({
    pid: process.pid,
    start: await startOf(process.pid),
    token: randomBytes(8).toString('hex'),
  })
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      await writeDurably(path, mine, 'create')
      return async () => {
        if ((await contentOf(path)) === mine) await rm(path, { force: true })
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    await removeStale(path, dataDir)
  }
  throw new Error(`Several Sluice servers are starting on ${dataDir} at once: start one`)
}

async function removeStale(path: string, dataDir: string): Promise<void> {
  const seen = await contentOf(path)
  if (seen === null) return
  const holder = parse(seen)
  if (holder && (await isHeld(holder))) {
    throw new Error(
      `Another Sluice server (process ${holder.pid}) is using ${dataDir}: stop it, or set SLUICE_DATA to another directory`,
    )
  }
  // moved away first, so that of two that find the same stale lock only one can be wrong about what it removed
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  await rename(path, aside).catch(() => {})
  const moved = await contentOf(aside)
  if (moved !== null && moved !== seen) await writeDurably(path, moved, 'create').catch(() => {})
  await rm(aside, { force: true })
}

type Holder = { pid: number; start: string | null }

async function isHeld(holder: Holder): Promise<boolean> {
  if (!(await isAlive(holder.pid))) return false
  const start = await startOf(holder.pid)
  return start === null || holder.start === null || start === holder.start
}

function parse(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null
    return typeof value?.pid === 'number' ? { pid: value.pid, start: value.start ?? null } : null
  } catch {
    return null
  }
}

const contentOf = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)
