import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { learn, makeCheck } from './fuzz/checks.ts'
import { makeClient } from './fuzz/client.ts'
import { makeRandom } from './fuzz/random.ts'
import { fuzz, makePool } from './fuzz/requests.ts'
import type { Document, Principals } from './fuzz/requests.ts'
import { freePort, startServer } from '../test/server-process.ts'
import type { FirstRun } from '../test/server-process.ts'

/** Printed with every finding: the same one sends the same requests. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128)
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 50_000)
const CONNECTIONS = 16
const PROBLEMS_MAX = 20
const STALL_S_MAX = 0.25
const GROWTH_BYTES_MAX = 96 * 1024 * 1024
/** Signing out would end the session that others are asked with. */
const LEFT_OUT = new Set(['DELETE /v2/session'])

test(
  `${REQUESTS} requests made from the API document: every answer is documented, no stall, no growth`,
  { timeout: 600_000 },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-fuzz-'))
    await using scope = new AsyncDisposableStack()
    scope.defer(() => rm(dataDir, { recursive: true, force: true }))
    const port = await freePort()
    const env = { SLUICE_RATE_PER_MINUTE: '0', MQTT_PORT: 'off', SOCKET_PORT: 'off' }
    const server = scope.use(await startServer({ dataDir, port, env }))
    const { firstRun } = server
    const document = (await (await fetch(`${firstRun.url}/openapi.json`)).json()) as Document
    const run = {
      document,
      client: scope.use(makeClient(port, CONNECTIONS)),
      principals: await principalsOf(firstRun),
      vitals: makeVitals(firstRun.url, server.pid),
    }
    const { problems, statuses, stallS, floors } = await runAll(run)
    process.stdout.write(`seed ${SEED}: ${JSON.stringify(statuses)}, longest stall ${Math.round(stallS * 1000)} ms\n`)
    // what a 500 does not tell is in the log
    const faults = server.output().match(/^.*request failed.*$/gm) ?? []
    expect([...problems, ...faults.slice(0, 5)]).toEqual([])
    expect(stallS).toBeLessThan(STALL_S_MAX)
    // the lowest of many readings is what is left after a collection
    expect(floors.last - floors.first).toBeLessThan(GROWTH_BYTES_MAX)
    for (const status of ['200', '201', '400', '401', '403', '404', '406', '422']) {
      expect(statuses[status] ?? 0, `answers ${status}`).toBeGreaterThan(REQUESTS / 2000)
    }
  },
)

type Run = {
  document: Document
  client: ReturnType<typeof makeClient>
  principals: Principals
  vitals(): Promise<{ stallS: number; heapBytes: number }>
}

async function runAll({ document, client, principals, vitals }: Run) {
  const random = makeRandom(SEED)
  const check = makeCheck(document)
  const pool = makePool({ feedId: [], key: [], deviceId: [] })
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
  const asked = operations.filter(({ name }) => !LEFT_OUT.has(name))
  /** one of each kind */
  const problems = new Map<string, string>()
  const statuses: Record<string, number> = {}
  const heap: number[] = []
  let stallS = 0
  let sent = 0
  // what happens while everything is loaded for the first time is no stall of a running server
  await vitals()
  const one = async (): Promise<void> => {
    while (sent < REQUESTS && problems.size < PROBLEMS_MAX) {
      sent++
      // what makes something comes more often, so that there is something to find
      const operation = random.chance(0.2)
        ? random.pick(asked.filter(({ name }) => name.startsWith('POST')))
        : random.pick(asked)
      const fuzzed = fuzz(operation, { random, pool, schemas: document.components.schemas, principals })
      const answered = await client.send(fuzzed)
      statuses[answered.status] = (statuses[answered.status] ?? 0) + 1
      learn(pool, fuzzed, answered)
      const problem = check(fuzzed, answered)
      if (problem !== null) {
        const { method, path, body } = fuzzed
        const shown = `${method} ${path} ${body?.toString().slice(0, 300)}: ${problem}`
        problems.set(`${fuzzed.name} ${problem.slice(0, 40)}`, shown)
      }
      if (sent % 500 !== 0) continue
      const reading = await vitals()
      stallS = Math.max(stallS, reading.stallS)
      heap.push(reading.heapBytes)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
  const third = Math.ceil(heap.length / 3)
  const floors = { first: Math.min(...heap.slice(0, third)), last: Math.min(...heap.slice(-third)) }
  return { problems: [...problems.values()], statuses, stallS, floors }
}

/** A master key, a narrow one, an owner, a key of nobody, a malformed one, none. */
async function principalsOf({ url, apiKey, email, password }: FirstRun): Promise<Principals> {
  const master = { 'x-apikey': apiKey }
  const body = JSON.stringify({ key: { label: 'narrow', permissions: [{ access_methods: ['get', 'put'] }] } })
  const made = await fetch(`${url}/v2/keys`, { method: 'POST', headers: master, body })
  const narrow = made.headers.get('location')?.split('/').at(-1) ?? ''
  const signedIn = await fetch(`${url}/v2/session`, { method: 'POST', body: JSON.stringify({ email, password }) })
  const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  const owner = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
  const unknown = { 'x-apikey': `${apiKey.slice(0, -1)}0` }
  return [master, master, master, master, master, { 'x-apikey': narrow }, owner, owner, unknown, {}]
}

/**
 * The longest delay of the server's event loop since the last reading, without what the thread spent waiting for a core
 * meanwhile: on a busy machine that is somebody else's doing. With nothing else running, nothing is taken off.
 */
function makeVitals(url: string, pid: number): Run['vitals'] {
  let waitedS = waitedForCoreS(pid)
  return async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
    const before = waitedS
    waitedS = waitedForCoreS(pid)
    const stallS = read('nodejs_eventloop_lag_max_seconds') - (waitedS - before)
    return { stallS, heapBytes: read('nodejs_heap_size_used_bytes') }
  }
}

/** Of the main thread, as Linux counts it; 0 elsewhere. */
function waitedForCoreS(pid: number): number {
  const file = `/proc/${pid}/schedstat`
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e9 : 0
}
