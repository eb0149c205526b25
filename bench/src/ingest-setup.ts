import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AddedDeviceDocument } from '@sluice/model'
import { startEmbedded } from '@sluice/store/embedded'
import { Client } from 'pg'
import type { LoadPlan, LoadResult } from './load.ts'

export type LoadRequest = Omit<LoadPlan, 'targets'> & { connections: number }
export type Bench = {
  ports: { sluice: number; fastify: number; unbatched: number; pooled: number }
  databaseUrl: string
  load(request: LoadRequest): Promise<LoadResult>
}

/**
 * One embedded Postgres for everything that is measured, a Sluice on it in a process of its own, the two peers in
 * theirs, and devices made through the public API.
 */
export async function startBench(plan: { devices: number }): Promise<Bench & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const postgres = await startEmbedded({ dataDir: join(dir, 'postgres'), log: () => undefined })
  const processes: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const child of processes) {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    }
    await postgres.close()
    await rm(dir, { recursive: true })
  }
  try {
    const place = { DATABASE_URL: postgres.url, SLUICE_DATA: dir, HOST: '127.0.0.1' }
    const env = { ...process.env, ...place, PORT: '0', MQTT_PORT: 'off' }
    const sluice = script('../../apps/cloud/src/main.ts', env, 'ignore')
    processes.push(sluice)
    const firstRun = await readFirstRun(dir)
    await makeEqualTable(postgres.url)
    const fastify = script('peers/bare-fastify.ts', env, 'inherit')
    const unbatched = script('peers/insert-per-request.ts', { ...env, CONNECTIONS: '1' }, 'inherit')
    const pooled = script('peers/insert-per-request.ts', { ...env, CONNECTIONS: '20' }, 'inherit')
    processes.push(fastify, unbatched, pooled)
    // asked for together: a port that was told before anybody listens is lost
    const [fastifyPort, unbatchedPort, pooledPort] = await Promise.all([fastify, unbatched, pooled].map(portOf))
    const ports = {
      sluice: Number(new URL(firstRun.url).port),
      fastify: fastifyPort ?? 0,
      unbatched: unbatchedPort ?? 0,
      pooled: pooledPort ?? 0,
    }
    const targets = await addDevices(firstRun, plan.devices)
    return {
      ports,
      databaseUrl: postgres.url,
      load: ({ connections, ...request }) => runLoad({ ...request, targets: targets.slice(0, connections) }),
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function script(path: string, env: NodeJS.ProcessEnv, stdout: 'ignore' | 'inherit'): ChildProcess {
  return fork(new URL(path, import.meta.url), { env, stdio: ['ignore', stdout, 'inherit', 'ipc'] })
}

async function portOf(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [{ port: number }]
  return message.port
}

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const generator = fork(new URL('load.ts', import.meta.url))
  const exit = once(generator, 'exit').then(([code]) =>
    Promise.reject(new Error(`the load generator ended with ${code}`)),
  )
  generator.send(plan)
  const [result] = (await Promise.race([once(generator, 'message'), exit])) as [LoadResult]
  exit.catch(() => undefined)
  generator.kill()
  return result
}

type FirstRun = { url: string; apiKey: string }

async function readFirstRun(dir: string): Promise<FirstRun> {
  for (let tries = 0; tries < 200; tries++) {
    const ready = await readFile(join(dir, 'first-run.json'), 'utf8').then(
      (text) => JSON.parse(text) as FirstRun,
      () => null,
    )
    if (ready && (await fetch(`${ready.url}/readyz`).catch(() => null))?.ok) return ready
    await pause(100)
  }
  throw new Error('Sluice did not become ready within 20 s')
}

async function addDevices({ url, apiKey }: FirstRun, count: number): Promise<{ path: string; apiKey: string }[]> {
  const targets: { path: string; apiKey: string }[] = []
  for (let index = 0; index < count; index++) {
    const body = JSON.stringify({ name: `Bench ${index}`, private: true })
    const answer = await fetch(`${url}/v2/devices`, { method: 'POST', headers: { 'X-ApiKey': apiKey }, body })
    if (answer.status !== 201) throw new Error(`adding a device: ${answer.status} ${await answer.text()}`)
    const added = (await answer.json()) as AddedDeviceDocument
    const path = `/v2/feeds/${added.device.feed_id}`
    const datastreams = JSON.stringify({ datastreams: [{ id: 'temperature', current_value: '20' }] })
    const made = await fetch(`${url}${path}`, {
      method: 'PUT',
      headers: { 'X-ApiKey': added.api_key },
      body: datastreams,
    })
    if (made.status !== 200) throw new Error(`making a datastream: ${made.status} ${await made.text()}`)
    targets.push({ path: `${path}/datastreams/temperature`, apiKey: added.api_key })
  }
  return targets
}

/** A table with the columns, the key and the partitions of `datapoint`. */
async function makeEqualTable(url: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query<{ name: string; bounds: string }>(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'datapoint'::regclass`,
  )
  await client.query('create table bench_point (like datapoint including all) partition by range (at)')
  for (const { name, bounds } of rows)
    await client.query(`create table bench_${name} partition of bench_point ${bounds}`)
  await client.end()
}
