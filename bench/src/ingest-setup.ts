import type { AddedDeviceDocument } from '@sluice/model'
import { Client } from 'pg'
import type { LoadPlan, LoadResult } from './load.ts'
import { portOf, runLoad, startPlatform } from './platform.ts'
import type { FirstRun } from './platform.ts'

export type LoadRequest = Omit<LoadPlan, 'targets'> & { connections: number }
export type Bench = {
  ports: { sluice: number; fastify: number; unbatched: number; pooled: number }
  databaseUrl: string
  load(request: LoadRequest): Promise<LoadResult>
}

/** A platform, two peers on the same Postgres in processes of their own, and devices made through the public API. */
export async function startBench(plan: { devices: number }): Promise<Bench & AsyncDisposable> {
  await using scope = new AsyncDisposableStack()
  const platform = scope.use(await startPlatform())
  await makeEqualTable(platform.databaseUrl)
  const fastify = platform.run('peers/bare-fastify.ts')
  const unbatched = platform.run('peers/insert-per-request.ts', { CONNECTIONS: '1' })
  const pooled = platform.run('peers/insert-per-request.ts', { CONNECTIONS: '20' })
  // asked for together: a port that was told before anybody listens is lost
  const [fastifyPort, unbatchedPort, pooledPort] = await Promise.all([fastify, unbatched, pooled].map(portOf))
  const ports = {
    sluice: platform.port,
    fastify: fastifyPort ?? 0,
    unbatched: unbatchedPort ?? 0,
    pooled: pooledPort ?? 0,
  }
  const targets = await addDevices(platform.firstRun, plan.devices)
  const opened = scope.move()
  return {
    ports,
    databaseUrl: platform.databaseUrl,
    load: ({ connections, ...request }) => runLoad({ ...request, targets: targets.slice(0, connections) }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export async function addDevices({ url, apiKey }: FirstRun, count: number): Promise<LoadPlan['targets']> {
  const targets: LoadPlan['targets'] = []
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
    targets.push({ paths: [`${path}/datastreams/temperature`], apiKey: added.api_key })
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
