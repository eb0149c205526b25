import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './server-process.ts'
import type { FirstRun } from './server-process.ts'

describe('npm run demo', () => {
  let dataDir: string
  let port: number
  let demo: ChildProcess

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
    port = await freePort()
  })
  afterAll(async () => {
    if (demo.exitCode === null) await interrupt()
    await rm(dataDir, { recursive: true, force: true })
  })

  async function start(): Promise<{ client: Client; output(): string }> {
    demo = spawn(process.execPath, [new URL('../src/demo.ts', import.meta.url).pathname], {
      env: {
        ...process.env,
        DATABASE_URL: '',
        HOST: '127.0.0.1',
        PORT: String(port),
        MQTT_PORT: '0',
        SOCKET_PORT: '0',
        SLUICE_DATA: dataDir,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    for (const stream of [demo.stdout, demo.stderr])
      stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await expect.poll(() => printed, { timeout: 40_000 }).toContain('simulated weather station')
    const { apiKey } = JSON.parse(await readFile(join(dataDir, 'first-run.json'), 'utf8')) as FirstRun
    return { client: createClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey }), output: () => printed }
  }
  async function interrupt(): Promise<number | null> {
    const exited = once(demo, 'exit')
    demo.kill('SIGINT')
    const [code] = (await exited) as [number | null]
    return code
  }

  const CHANNELS = ['temperature', 'humidity', 'pressure', 'wind', 'rain']
  let firstDeviceId = 0

  test('the first run adds the station, marked as simulated, with a day of history, and sends', async () => {
    const { client, output } = await start()
    const [device] = await client.devices.list()
    expect(device?.name).toBe('Weather station')
    firstDeviceId = device?.id ?? 0
    expect(output()).toContain(`http://127.0.0.1:${port}/devices/${firstDeviceId}`)
    const feed = await client.feeds.get(device?.feed_id ?? 0, { duration: '2days', limit: 1000 })
    expect(feed.tags).toContain('simulated')
    expect(feed.location).toMatchObject({ domain: 'virtual', exposure: 'outdoor' })
    expect(feed.datastreams?.map(({ id }) => id)).toEqual(CHANNELS)
    for (const datastream of feed.datastreams ?? []) {
      expect(datastream.tags).toEqual(['simulated'])
      expect(datastream.unit?.symbol).toBeTruthy()
      expect(datastream.datapoints?.length).toBeGreaterThanOrEqual(288)
    }
    const newest = async (): Promise<string> =>
      (await client.datastreams.get(device?.feed_id ?? 0, 'temperature')).at ?? ''
    const before = await newest()
    await expect.poll(newest, { timeout: 6000 }).not.toBe(before)
  })

  test('Ctrl-C ends it cleanly and leaves nothing running', async () => {
    expect(await interrupt()).toBe(0)
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow('fetch failed')
    const files = await readdir(dataDir, { recursive: true })
    expect(files.some((file) => file.endsWith('PG_VERSION'))).toBe(true)
    expect(files.filter((file) => file.endsWith('postmaster.pid'))).toEqual([])
  })

  test('the second run finds its station and repeats no history', async () => {
    const { client } = await start()
    const devices = await client.devices.list()
    expect(devices.map(({ id }) => id)).toEqual([firstDeviceId])
    const feedId = devices[0]?.feed_id ?? 0
    const { datapoints = [] } = await client.datastreams.get(feedId, 'rain', { duration: '2days', limit: 1000 })
    // 288 of the first run's history, and what was sent since, every two seconds
    expect(datapoints.length).toBeGreaterThan(288)
    expect(datapoints.length).toBeLessThan(288 + 60)
    expect(await interrupt()).toBe(0)
    expect(existsSync(join(dataDir, 'first-run.json'))).toBe(true)
  })
})
