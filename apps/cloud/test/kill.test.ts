import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@sluice/sdk'
import { openDatabase } from '@sluice/store'
import { startEmbedded } from '@sluice/store/embedded'
import { expect, test } from 'vitest'
import { freePort, startServer } from './server-process.ts'
import type { FirstRun, ServerProcess } from './server-process.ts'
import { startWriters } from './writers.ts'
import type { Acked, Writer } from './writers.ts'

const KILLS = 10
/** fixed, so that a failure can be run again */
const SEED = 20_261_122

test(
  'ten kill -9 under load: nothing acked is lost, nothing is stored twice, every restart is unattended',
  { timeout: 240_000 },
  async () => {
    await using place = await temporaryPlace()
    let server = await startServer(place)
    const { firstRun } = server
    const feedId = await makeFeed(firstRun)
    const stop = new AbortController()
    const { writers, done } = startWriters({ feedId, firstRun, signal: stop.signal })
    const readyMs: number[] = []
    for (let kill = 0, seed = SEED; kill < KILLS; kill++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      await pause(500 + (seed / 2_147_483_648) * 1500)
      await server.end('SIGKILL')
      server = await startServer(place)
      readyMs.push(server.readyMs)
    }
    // every writer gets an answer again after the last restart; a WAMP client that met several dead servers in a row waits
    // up to 15 s before it tries again
    const before = writers.map((writer) => writer.acked.length)
    await expect
      .poll(() => writers.every((writer, index) => writer.acked.length > (before[index] ?? 0)), { timeout: 40_000 })
      .toBe(true)
    stop.abort()
    await done
    const found = await check({ firstRun, feedId, writers })
    await server[Symbol.asyncDispose]()

    const acked = writers.reduce((sum, writer) => sum + writer.acked.length, 0)
    const unknowns = writers.reduce((sum, writer) => sum + writer.unknowns, 0)
    process.stdout.write(
      `acked ${acked}, repeated requests ${unknowns}, lost ${found.lost.length}, twice ${found.twice.length}, ready again after ${Math.round(Math.max(...readyMs))} ms at most\n`,
    )
    expect(found).toEqual({ lost: [], twice: [], foreign: [] })
    expect(acked).toBeGreaterThan(5000)
    expect(unknowns).toBeGreaterThan(0)
    expect(Math.max(...readyMs)).toBeLessThan(10_000)
  },
)

test.each(['synchronous_commit', 'fsync'])('with %s off the platform says that it is not durable', async (setting) => {
  await using place = await temporaryPlace()
  const durable = await startServer(place)
  expect(await durabilityMode(durable)).toBe(1)
  expect(durable.output()).not.toMatch(/not durable/i)
  await durable[Symbol.asyncDispose]()
  await alterSystem(place.dataDir, setting)

  await using server = await startServer(place)
  expect(await durabilityMode(server)).toBe(0)
  // the process is ready before what it printed has come through the pipe
  await expect.poll(server.output).toMatch(new RegExp(`not durable.*${setting} is off`, 'i'))
  const ready = (await (await fetch(`${server.firstRun.url}/readyz`)).json()) as { checks: { postgres: string } }
  expect(ready.checks.postgres).toContain(`not durable: ${setting} is off`)
})

async function temporaryPlace() {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-kill-'))
  return {
    dataDir,
    port: await freePort(),
    // the same after each restart
    env: { SOCKET_PORT: String(await freePort()), MQTT_PORT: String(await freePort()) },
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  }
}

async function makeFeed({ url, apiKey }: FirstRun): Promise<number> {
  const client = createClient({ baseUrl: url, apiKey })
  const { device } = await client.devices.add({ name: 'Under fire', private: true })
  const names = ['put-1', 'put-2', 'put-3', 'feed-1', 'feed-2', 'bulk-1', 'bulk-2', 'wamp', 'socket', 'mqtt']
  await client.feeds.update(device.feed_id, { datastreams: names.map((id) => ({ id })) })
  return device.feed_id
}

type Findings = { lost: Acked[]; twice: string[]; foreign: string[] }

/** Reads everything back through the public API, page by page, and compares it with what the writers know. */
async function check(run: { firstRun: FirstRun; feedId: number; writers: Writer[] }): Promise<Findings> {
  const findings: Findings = { lost: [], twice: [], foreign: [] }
  for (const writer of run.writers) {
    const stored = await readAll(run, writer.name)
    const seen = new Set<string>()
    for (const point of stored) {
      if (seen.has(point)) findings.twice.push(point)
      seen.add(point)
      if (!writer.sent.has(point)) findings.foreign.push(point)
    }
    findings.lost.push(...writer.acked.filter(({ at, value }) => !seen.has(`${at} ${value}`)))
  }
  return findings
}

async function readAll(
  { firstRun, feedId }: { firstRun: FirstRun; feedId: number },
  datastream: string,
): Promise<string[]> {
  const client = createClient({ baseUrl: firstRun.url, apiKey: firstRun.apiKey })
  const all: string[] = []
  for (let start = '2020-01-01T00:00:00Z'; ;) {
    const page = (await client.datastreams.get(feedId, datastream, { start, limit: 1000 })).datapoints ?? []
    // `start` is inclusive: a page begins with the last point of the one before
    const fresh = all.length > 0 && page[0] ? page.slice(1) : page
    for (const { at, value } of fresh) all.push(`${at} ${value}`)
    if (page.length < 1000) return all
    start = page.at(-1)?.at ?? start
  }
}

async function durabilityMode(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.firstRun.url}/metrics`)).text()
  return Number(/^durability_mode (\d)$/m.exec(metrics)?.[1] ?? Number.NaN)
}

/** What an operator who wants speed might do; kept in postgresql.auto.conf, so the next start finds it. */
async function alterSystem(dataDir: string, setting: string): Promise<void> {
  const postgres = await startEmbedded({ dataDir, log: () => undefined })
  const db = await openDatabase({ url: postgres.url })
  await db.pool.query(`alter system set ${setting} = off`)
  await db.close()
  await postgres.close()
}
