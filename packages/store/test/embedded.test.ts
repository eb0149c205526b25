import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { checkDurability, openDatabase } from '../src/database.ts'
import { type Embedded, startEmbedded } from '../src/embedded/index.ts'
import { readPostmaster } from '../src/embedded/postmaster.ts'
import { isAlive } from '../src/embedded/process-table.ts'
import { onServer, urlWithDatabase } from '../src/testing-server.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = 65_534
const INDEX = new URL('../src/embedded/index.ts', import.meta.url).href

/** A data directory, and every Postgres and process that a test starts on it. */
async function openPlace(options: { parentMode?: number; uid?: number } = {}) {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'sluice-embedded-')))
  await chmod(parent, options.parentMode ?? 0o711)
  const dataDir = join(parent, 'data')
  if (options.uid !== undefined) {
    await mkdir(dataDir)
    await chown(dataDir, options.uid, options.uid)
  }
  const cluster = join(dataDir, 'postgres')
  const children: ChildProcess[] = []
  const opened: Embedded[] = []
  return {
    dataDir,
    cluster,
    async start() {
      const lines: string[] = []
      const embedded = await startEmbedded({ dataDir, log: (line) => lines.push(line) })
      opened.push(embedded)
      return { ...embedded, lines }
    },
    /** A server process of its own; `first` is the first line it prints: its URL, or why it did not start. */
    async startChild(prefix: readonly string[] = []) {
      const [file, ...args] = [...prefix, process.execPath, '--input-type=module', '--eval', serverScript(dataDir)]
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' })
      children.push(child)
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return { child, first: async () => String((await lines.next()).value) }
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) await kill(child)
      for (const embedded of opened) await embedded.close()
      const left = await readPostmaster(cluster)
      if (left && (await isAlive(left.pid))) process.kill(left.pid, 'SIGKILL')
      await rm(parent, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

const serverScript = (dataDir: string) => `
  import { startEmbedded } from ${JSON.stringify(INDEX)}
  const embedded = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log() {} })
    .catch((error) => { console.log(error.message); process.exit(1) })
  console.log(embedded.url)
  process.on('SIGTERM', async () => { await embedded.close(); process.exit(0) })
  setInterval(() => {}, 1000)`

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

async function ask<T>(url: string, sql: string): Promise<T[]> {
  return onServer(url, async (client) => (await client.query<{ answer: T }>(sql)).rows.map((row) => row.answer))
}
const bornAt = async (url: string) => String((await ask<Date>(url, 'select pg_postmaster_start_time() as answer'))[0])
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('a first start', () => {
  test('makes a cluster that is durable, closed to others, and there at the second start', async () => {
    await using place = await openPlace()
    const first = await place.start()
    expect(first.adopted).toBe(false)
    const settings = await ask<string>(
      first.url,
      `select name || '=' || setting as answer from pg_settings where name in
       ('data_checksums', 'fsync', 'listen_addresses', 'server_encoding', 'synchronous_commit', 'unix_socket_directories')
       order by name`,
    )
    expect(settings).toEqual([
      'data_checksums=on',
      'fsync=on',
      'listen_addresses=127.0.0.1',
      'server_encoding=UTF8',
      'synchronous_commit=on',
      'unix_socket_directories=',
    ])
    const guessed = new URL(first.url)
    guessed.password = 'guess'
    await expect(ask(guessed.href, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await modeOf(place.cluster)).toBe(0o700)
    for (const file of ['postgres-password', 'postgres.log', 'server.pid']) {
      expect([file, await modeOf(join(place.dataDir, file))]).toEqual([file, 0o600])
    }
    await ask(first.url, 'create table kept as select 7 as answer')
    await first.close()
    expect(await readPostmaster(place.cluster)).toBeNull()

    const began = performance.now()
    const second = await place.start()
    expect(performance.now() - began).toBeLessThan(1500)
    expect(second.adopted).toBe(false)
    expect(await ask(second.url, 'select answer from kept')).toEqual([7])
    expect((await readdir(place.dataDir)).toSorted()).toEqual([
      'postgres',
      'postgres-password',
      'postgres.log',
      'server.pid',
    ])
  })

  test('that was killed inside initdb is begun anew', async () => {
    await using place = await openPlace()
    const { child } = await place.startChild()
    const halfMade = async () =>
      (await readdir(place.dataDir).catch(() => [])).some((name) => name.startsWith('initdb-'))
    await expect.poll(halfMade, { timeout: 10_000, interval: 5 }).toBe(true)
    await kill(child)
    expect(await readdir(place.dataDir)).not.toContain('postgres')
    const embedded = await place.start()
    expect(await ask(embedded.url, 'select 1 as answer')).toEqual([1])
    expect((await readdir(place.dataDir)).filter((name) => name.startsWith('initdb-'))).toEqual([])
  })
})

describe('a server that was killed', () => {
  test('leaves a Postgres that the next one takes over and stops', async () => {
    await using place = await openPlace()
    const owner = await place.startChild()
    const url = await owner.first()
    await ask(url, 'create table kept as select 7 as answer')
    const born = await bornAt(url)
    await kill(owner.child)
    const next = await place.start()
    expect(next.adopted).toBe(true)
    expect(next.url).toBe(url)
    expect(await bornAt(next.url)).toBe(born)
    const pid = (await readPostmaster(place.cluster))?.pid ?? 0
    await next.close()
    expect(await isAlive(pid)).toBe(false)
    const after = await place.start()
    expect(after.adopted).toBe(false)
    expect(await ask(after.url, 'select answer from kept')).toEqual([7])
  })

  test('together with its Postgres is repaired by starting', async () => {
    await using place = await openPlace()
    const owner = await place.startChild()
    const url = await owner.first()
    await ask(url, 'create table kept as select 7 as answer')
    process.kill((await readPostmaster(place.cluster))?.pid ?? 0, 'SIGKILL')
    await kill(owner.child)
    const next = await place.start()
    expect(next.adopted).toBe(false)
    expect(await ask(next.url, 'select answer from kept')).toEqual([7])
  })
})

test('a Postgres that is killed is started again at the same address', async () => {
  await using place = await openPlace()
  const embedded = await place.start()
  await ask(embedded.url, 'create table kept as select 7 as answer')
  const killed = (await readPostmaster(place.cluster))?.pid ?? 0
  process.kill(killed, 'SIGKILL')
  const answer = () => ask(embedded.url, 'select answer from kept').catch(() => [])
  await expect.poll(async () => !(await isAlive(killed)) && (await answer()), { timeout: 20_000 }).toEqual([7])
  const pid = (await readPostmaster(place.cluster))?.pid ?? 0
  expect(pid).not.toBe(killed)
  await embedded.close()
  expect(await isAlive(pid)).toBe(false)
  expect(embedded.lines).toContain('Postgres has ended and is being started again')
})

test.each([
  { whose: 'nobody', command: ['true'] },
  // of the same user as Postgres, which would take it for a living Postgres
  { whose: 'another program', command: ['sleep', '60'] },
])('a lock file with the number of $whose does not stop a start', async ({ command }) => {
  await using place = await openPlace()
  await (await place.start()).close()
  const { uid } = await stat(place.cluster)
  const [file = '', ...args] = isRoot ? ['setpriv', `--reuid=${uid}`, '--clear-groups', ...command] : command
  const other = spawn(file, args, { stdio: 'ignore', cwd: '/' })
  if (command[0] === 'true') await once(other, 'exit')
  try {
    const lock = join(place.cluster, 'postmaster.pid')
    await writeFile(lock, `${other.pid}\n${place.cluster}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n`, {
      mode: 0o600,
    })
    await chown(lock, uid, uid)
    const embedded = await place.start()
    expect(embedded.adopted).toBe(false)
    expect(await ask(embedded.url, 'select 1 as answer')).toEqual([1])
  } finally {
    await kill(other)
  }
})

describe('two servers on one directory', () => {
  test('the second stops with one sentence and touches nothing', async () => {
    await using place = await openPlace()
    const first = await place.start()
    const born = await bornAt(first.url)
    const sentence = `Another Sluice server (process ${process.pid}) is using ${place.dataDir}: stop it, or set SLUICE_DATA to another directory`
    await expect(place.start()).rejects.toThrow(sentence)
    const second = await place.startChild()
    expect(await second.first()).toBe(sentence)
    await kill(second.child, 'SIGTERM')
    expect(await bornAt(first.url)).toBe(born)
    expect((await readdir(place.dataDir)).filter((name) => name.startsWith('server.pid'))).toEqual(['server.pid'])
  })

  test('of many that find a stale lock one wins', async () => {
    await using place = await openPlace()
    await (await place.start()).close()
    await writeFile(join(place.dataDir, 'server.pid'), JSON.stringify({ pid: 2 ** 22 + 1, start: null }))
    const starts = await Promise.allSettled(Array.from({ length: 4 }, () => place.start()))
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1)
  })
})

test('a cluster with a setting that loses data is not called durable', async () => {
  await using place = await openPlace()
  for (const setting of ['synchronous_commit', 'fsync', 'full_page_writes']) {
    const before = await place.start()
    await onServer(before.url, async (client) => {
      await client.query('alter system reset all')
      await client.query(`alter system set ${setting} = off`)
    })
    await before.close()
    const after = await place.start()
    const db = await openDatabase({ url: after.url })
    expect(await checkDurability(db.pool)).toEqual({ durable: false, problems: [`${setting} is off`] })
    await db.close()
    await after.close()
  }
})

const PLAIN = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
/** Lets a user read what lies below a directory that only root may enter: the checkout, on some machines. */
const READING = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH */
const DAC_RIGHTS = 0b110n
const isReachable = isRoot ? canReachCheckout(PLAIN) : Promise.resolve(true)

const asNobody = async (): Promise<string[]> => ((await isReachable) ? PLAIN : [...PLAIN, ...READING])

describe.runIf(isRoot)('as root', () => {
  test('Postgres runs as somebody else, without any of root’s rights where it needs none', async () => {
    await using place = await openPlace()
    await place.start()
    const pid = (await readPostmaster(place.cluster))?.pid ?? 0
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:\\s${(await stat(place.cluster)).uid}\\s`, 'm'))
    expect((await stat(place.cluster)).uid).not.toBe(0)
    // where the checkout itself lies in a directory that only root may enter, passing through is the one right it needs
    const rights = BigInt(`0x${/^CapEff:\s([0-9a-f]+)$/m.exec(status)?.[1] ?? 'f'}`)
    expect(rights & ~((await isReachable) ? 0n : DAC_RIGHTS)).toBe(0n)
    expect((await stat(join(place.dataDir, 'postgres-password'))).uid).toBe(0)
  })

  test('it also works below a directory that only root may enter', async () => {
    await using place = await openPlace({ parentMode: 0o700 })
    const embedded = await place.start()
    await embedded.close()
    const again = await place.start()
    expect(await ask(again.url, 'select 1 as answer')).toEqual([1])
  })
})

describe.runIf(isRoot)('as a normal user', () => {
  test('it works in a directory of its own', async () => {
    const prefix = await asNobody()
    await using place = await openPlace({ uid: NOBODY })
    const { child, first } = await place.startChild(prefix)
    const url = await first()
    expect(await ask(urlWithDatabase(url, 'postgres'), 'select 1 as answer')).toEqual([1])
    expect((await stat(place.cluster)).uid).toBe(NOBODY)
    const pid = (await readPostmaster(place.cluster))?.pid ?? 0
    await kill(child, 'SIGTERM')
    expect(await isAlive(pid)).toBe(false)
  })

  test('a directory of somebody else is refused with one sentence', async () => {
    const prefix = await asNobody()
    await using place = await openPlace()
    await mkdir(place.dataDir, { mode: 0o755 })
    const { first } = await place.startChild(prefix)
    expect(await first()).toBe(
      `${place.dataDir} cannot be used by user ${NOBODY}: start Sluice as its owner, or set SLUICE_DATA to another directory`,
    )
  })
})

async function canReachCheckout(prefix: readonly string[]): Promise<boolean> {
  const [file, ...args] = [
    ...prefix,
    process.execPath,
    '--input-type=module',
    '--eval',
    `import ${JSON.stringify(INDEX)}`,
  ]
  const child = spawn(file, args, { stdio: 'ignore', cwd: '/' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}
