import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findResidents, isAlive } from './process-table.ts'

/** A running Postgres, as its lock file describes it. */
export type Postmaster = { pid: number; port: number; startedAtS: number }

const FILE = 'postmaster.pid'
const POLL_MS = 50

/** Reads `postmaster.pid`: pid, data directory, start second, port, one line each. Null without a usable file. */
export async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  const text = await readFile(join(cluster, FILE), 'utf8').catch(() => null)
  if (text === null) return null
  const [pid, , startedAtS, port] = text.split('\n').map(Number)
  if (!pid || !port || !startedAtS) return null
  return { pid: Math.abs(pid), port, startedAtS }
}

/**
 * Clears the way for a new Postgres after an old one died. Processes it left are waited for. Its lock file is removed
 * only if no process at all lives in the data directory: Postgres itself takes a lock whose number was reused by
 * another program of the same user for a live one, and would refuse to start for ever.
 * @returns whether the lock file of a live process is still there when the time is up
 */
export async function clearStaleLock(cluster: string, deadlineMs: number): Promise<boolean> {
  for (;;) {
    const residents = await findResidents(cluster)
    // no /proc: Postgres decides
    if (residents === null) return false
    if (residents.length === 0) {
      await rm(join(cluster, FILE), { force: true })
      return false
    }
    if (performance.now() > deadlineMs) return true
    await sleep(POLL_MS)
  }
}

/** Whether the process that the lock file names lives in this data directory; where unknown, whether it lives. */
export async function isPostmasterAlive(cluster: string, postmaster: Postmaster): Promise<boolean> {
  const residents = await findResidents(cluster)
  return residents ? residents.includes(postmaster.pid) : isAlive(postmaster.pid)
}

/**
 * Stops Postgres fast: sessions are ended, everything is written, recovery is not needed. After ten seconds at once,
 * which the next start repairs.
 */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, waitMs] of STEPS) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const deadline = performance.now() + waitMs
    while (performance.now() < deadline) {
      if (!(await isAlive(pid))) return
      await sleep(POLL_MS / 5)
    }
  }
}

const STEPS = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const
