import { execFile } from 'node:child_process'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Whether a process runs. One that ended but was not collected by its parent does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as somebody else
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return (await statOf(pid))?.state !== 'Z'
}

/**
 * What tells a process from a later one with the same number: boot and start tick on Linux, start second elsewhere.
 * @returns null when it does not run or its start cannot be learnt
 */
export async function startOf(pid: number): Promise<string | null> {
  const stat = await statOf(pid)
  if (stat) {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    return `${boot.trim()} ${stat.startTick}`
  }
  if (process.platform === 'linux' || process.platform === 'win32') return null
  const ps = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null)
  return ps?.stdout.trim() || null
}

/**
 * Processes whose working directory is `directory`: every Postgres process lives in its data directory.
 * @returns null where the system does not tell (no /proc)
 */
export async function findResidents(directory: string): Promise<number[] | null> {
  const entries = await readdir('/proc').catch(() => null)
  if (!entries?.includes('self')) return null
  const pids = entries.filter((name) => /^\d+$/.test(name))
  const homes = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => null)))
  return pids.filter((_, index) => homes[index] === directory).map(Number)
}

async function statOf(pid: number): Promise<{ state: string; startTick: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  // the second field is the program's name in parentheses and may contain anything
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTick: fields[19] ?? '' }
}
