import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { environment } from './environment.ts'

/** How Postgres' programs are started: as ourselves, or as somebody who is not root. */
export type Runner = {
  /** who must own the data directory; null for ourselves */
  owner: { uid: number; gid: number } | null
  /** the command line that runs `program` as that user */
  command(program: string, args: readonly string[]): { file: string; args: string[] }
}

/**
 * Postgres refuses to run as root. Started by root, it runs as the owner of an existing data directory, else as the
 * user `postgres`, else as `nobody`.
 * @param cluster Postgres' data directory, which may not exist yet
 * @throws {Error} one sentence
 */
export async function findRunner(cluster: string): Promise<Runner> {
  const uid = process.getuid?.()
  const existing = await stat(cluster).catch(() => null)
  if (uid !== 0) {
    if (existing && uid !== undefined && existing.uid !== uid) {
      throw new Error(
        `${cluster} belongs to user ${existing.uid} and this is user ${uid}: start Sluice as that user or as root`,
      )
    }
    return { owner: null, command: (program, args) => ({ file: program, args: [...args] }) }
  }
  const owner = existing && existing.uid !== 0 ? { uid: existing.uid, gid: existing.gid } : await findUser()
  return { owner, command: (program, args) => asUser(owner, [], program, args) }
}

/**
 * Gives a runner for root the least it needs to reach the binaries and the data directory. Both may lie below a
 * directory that only root may enter, such as /root: then the right to pass through directories (or, where files are
 * closed as well, to read everything) is left to Postgres. Nothing is added where plain access suffices.
 * @param directory exists and belongs to the runner's owner
 * @throws {Error} one sentence, when even that does not help
 */
export async function withAccess(runner: Runner, binaries: Binaries, directory: string): Promise<Runner> {
  const { owner } = runner
  if (!owner) return runner
  let last: unknown
  for (const flags of ACCESS) {
    // initdb --show finds and runs the postgres beside it, then ends
    const probe = asUser(owner, flags, 'sh', ['-c', PROBE, 'sh', directory, binaries.initdb])
    try {
      await promisify(execFile)(probe.file, probe.args, { env: environment() })
      return { owner, command: (program, args) => asUser(owner, flags, program, args) }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new Error(
          'Postgres does not run as root, and setpriv (package util-linux) is missing: install it, start Sluice as another user, or set DATABASE_URL',
          { cause: error },
        )
      }
      last = error
    }
  }
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} cannot reach ${directory} or ${binaries.postgres}: start Sluice as another user, or set DATABASE_URL`,
    { cause: last },
  )
}

const PROBE = 'cd "$1" && exec "$2" --show -D "$1/probe" >/dev/null 2>&1'

/** access(2) ignores the rights of anybody but root unless no_setuid_fixup is set, and Postgres asks it. */
const ACCESS = [
  [],
  ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'],
  [
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override,+dac_read_search',
    '--ambient-caps=+dac_override,+dac_read_search',
  ],
] as const

function asUser(
  owner: { uid: number; gid: number },
  flags: readonly string[],
  program: string,
  args: readonly string[],
): { file: string; args: string[] } {
  const { uid, gid } = owner
  return { file: 'setpriv', args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...flags, program, ...args] }
}

async function findUser(): Promise<{ uid: number; gid: number }> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const line = lines.find((fields) => fields[0] === name)
    if (line && Number(line[2]) > 0) return { uid: Number(line[2]), gid: Number(line[3]) }
  }
  return { uid: 65_534, gid: 65_534 }
}
