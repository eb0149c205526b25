import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '@sluice/store'
import { startEmbedded } from '@sluice/store/embedded'
import { expect, test } from 'vitest'
import { checkLog, checkSchedule, drain, keysOf, pendingOf, storedPoints } from './oracle/checks.ts'
import { moveClock } from './oracle/clock.ts'
import { signIn } from './oracle/owner.ts'
import { openReceiver, SCRIPTS } from './oracle/receiver.ts'
import type { Received } from './oracle/receiver.ts'
import { expectedCrossings } from './oracle/reference.ts'
import { checkSignatures, rotateSecret } from './oracle/signatures.ts'
import { keepWriting, makeFeed, makeTriggers, write } from './oracle/traffic.ts'
import { freePort, startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

/** fixed, so that a failure can be run again */
const SEED = 20_261_122
/** where the server kills itself, at which passage */
const KILLS = [
  'api.beforeCommit:120',
  'worker.afterLease:60',
  'api.afterCommit:150',
  'worker.beforeSend:150',
  'worker.afterResult:180',
  'worker.afterRecord:160',
  'postgres',
  'worker.afterResult:140',
  'api.beforeCommit:90',
  'postgres',
  'worker.beforeSend:200',
  'worker.afterLease:80',
  'worker.afterResult:200',
  'api.afterCommit:60',
  'postgres',
]
const LIFE_MS_MAX = 6_000
/** one writer for each group, so that its values come in order */
const GROUPS = ['a', 'b', 'c', 'd'].map((name) => [1, 2, 3].map((number) => `${name}${number}`))
const CALM = ['calm-1', 'calm-2']

test('every crossing is delivered, whatever is killed and however targets behave', { timeout: 400_000 }, async () => {
  await using place = await openPlace()
  const { db, receiver } = place
  let server = await place.start()
  const clock = await moveClock(db)
  const owner = await signIn(server.firstRun)
  const feedId = await makeFeed(server.firstRun)
  const calm = await makeTriggers(server.firstRun, feedId, receiver, { streams: CALM, targets: ['ok-calm'] })

  // without faults: each crossing is one request
  const counter = { number: 0 }
  for (let round = 0; round < 30; round++) {
    for (const stream of CALM) await write(server.firstRun, feedId, { stream, counter })
  }
  await expect.poll(() => pendingOf(db), { timeout: 20_000 }).toBe(0)
  const calmCrossings = expectedCrossings(await storedPoints(db), calm)
  expect(calmCrossings.size).toBeGreaterThan(100)
  expect(keysOf(receiver.received).toSorted()).toEqual([...calmCrossings].toSorted())

  // under faults
  const targets = SCRIPTS.flatMap((script) => [`${script}-1`, `${script}-2`])
  const wild = await makeTriggers(server.firstRun, feedId, receiver, { streams: GROUPS.flat(), targets })
  const rotation = await rotateSecret(owner, server.firstRun.password, receiver.url('fail-1'))
  const stop = new AbortController()
  const writers = GROUPS.map((streams) =>
    keepWriting(server.firstRun, feedId, { streams, counter, signal: stop.signal }),
  )
  let kills = 0
  for (const kill of KILLS) {
    if (kill === 'postgres') {
      await pause(500)
      process.kill(await postmasterOf(place.postgresDir), 'SIGKILL')
      await pause(1500)
      continue
    }
    await server.end('SIGKILL')
    server = await place.start(kill)
    await Promise.race([server.exited, pause(LIFE_MS_MAX)])
    kills++
  }
  await server.end('SIGKILL')
  server = await place.start()
  stop.abort()
  await Promise.all(writers)
  receiver.heal()
  await drain(db, clock)

  const crossings = expectedCrossings(await storedPoints(db), [...calm, ...wild])
  const delivered = new Set(keysOf(receiver.received.filter(({ answered }) => answered === 200)))
  const duplicates = receiver.received.filter(({ answered }) => answered === 200).length - delivered.size
  process.stdout.write(
    `crossings ${crossings.size}, requests ${receiver.received.length}, missing ${missingOf(crossings, delivered).length}, ` +
      `phantoms ${missingOf(new Set(keysOf(receiver.received)), crossings).length}, delivered twice ${duplicates}, kills ${kills}\n`,
  )
  expect(crossings.size).toBeGreaterThanOrEqual(2000)
  expect(missingOf(crossings, delivered)).toEqual([])
  expect(missingOf(new Set(keysOf(receiver.received)), crossings)).toEqual([])
  // a worker that dies between an answer and its record must send again; nothing else may
  expect(duplicates).toBeGreaterThan(0)
  expect(duplicates).toBeLessThanOrEqual(crossings.size / 100)
  expect(receiver.followed()).toBe(0)
  expect(bodiesOf(receiver.received).filter((bodies) => bodies.size > 1)).toEqual([])
  const rotated = { url: receiver.url('fail-1'), ...rotation }
  await checkSignatures(owner, server.firstRun.password, receiver, rotated)
  await checkSchedule(db)
  await checkLog(db, receiver.received)
})

const missingOf = (wanted: Set<string>, found: Set<string>): string[] => [...wanted].filter((key) => !found.has(key))

/** The bodies that came under one id: one, however often it was sent. */
function bodiesOf(received: readonly Received[]): Set<string>[] {
  const bodies = new Map<string, Set<string>>()
  for (const { id, body } of received) bodies.set(id, (bodies.get(id) ?? new Set()).add(body))
  return [...bodies.values()]
}

async function openPlace() {
  await using scope = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-oracle-'))
  scope.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const postgresDir = join(dir, 'database')
  const postgres = await startEmbedded({ dataDir: postgresDir, log: () => undefined })
  scope.defer(() => postgres.close())
  const receiver = scope.use(await openReceiver(SEED))
  const db = await openDatabase({ url: postgres.url })
  scope.defer(() => db.close())
  const port = await freePort()
  let running: ServerProcess | null = null
  scope.defer(async () => {
    await running?.[Symbol.asyncDispose]()
  })
  const opened = scope.move()
  return {
    db,
    receiver,
    postgresDir,
    async start(failpoint = '') {
      const env = { DATABASE_URL: postgres.url, SLUICE_EGRESS_ALLOW: '127.0.0.0/8', SLUICE_FAILPOINT: failpoint }
      running = await startServer({ dataDir: join(dir, 'server'), port, env, mayDieEarly: failpoint !== '' })
      return running
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function postmasterOf(dataDir: string): Promise<number> {
  const [pid] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}
