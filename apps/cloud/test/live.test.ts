import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatapointEvent, RequestEntry } from '@sluice/model'
import { createClient } from '@sluice/sdk'
import type { ApiError, Client, ClientOptions, Gap, LiveOptions, LiveStatus } from '@sluice/sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort, startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { openTcpProxy } from './tcp-proxy.ts'
import type { TcpProxy } from './tcp-proxy.ts'

/** All that a live feed said. */
type Seen = {
  points: DatapointEvent[]
  requests: RequestEntry[]
  statuses: LiveStatus[]
  gaps: Gap[]
  errors: ApiError[]
  updates: number
}

describe('a live feed of the SDK, on the real platform', () => {
  let dataDir: string
  let server: ServerProcess
  let proxy: TcpProxy
  /** beside the proxy */
  let direct: Client
  let feedId: number
  /** bound to the feed */
  let deviceKey: string
  const clients: Client[] = []

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-live-'))
    const port = await freePort()
    server = await startServer({ dataDir, port })
    proxy = await openTcpProxy(port)
    direct = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
  })
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    proxy.mend()
    const added = await direct.devices.add({ name: 'Live', private: true })
    feedId = added.device.feed_id
    deviceKey = added.api_key
    await direct.feeds.update(feedId, { datastreams: [{ id: 'a', current_value: '0' }, { id: 'b' }] })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
  })

  function follow(options: Partial<ClientOptions> = {}, live?: LiveOptions): Seen & { client: Client } {
    const client = createClient({ baseUrl: proxy.url, apiKey: server.firstRun.apiKey, ...options })
    return Object.assign(followWith(client, live), { client })
  }
  function followWith(client: Client, live?: LiveOptions): Seen {
    clients.push(client)
    const seen: Seen = { points: [], requests: [], statuses: [], gaps: [], errors: [], updates: 0 }
    const handlers = {
      onDatapoints: (points: DatapointEvent[]) => void seen.points.push(...points),
      onRequest: (entry: RequestEntry) => void seen.requests.push(entry),
      onStatus: (status: LiveStatus) => void seen.statuses.push(status),
      onGap: (gap: Gap) => void seen.gaps.push(gap),
      onUpdated: () => void seen.updates++,
      onError: (error: ApiError) => void seen.errors.push(error),
    }
    client.live(feedId, handlers, live)
    return seen
  }
  const isLive = (seen: Seen) => expect.poll(() => seen.statuses.at(-1), { timeout: 20_000 }).toBe('live')
  const values = (seen: Seen): string[] => seen.points.map(({ datastream, value }) => `${datastream} ${value}`)
  const write = (value: string): Promise<void> =>
    direct.feeds.update(feedId, { datastreams: [{ id: 'a', current_value: value }] })

  test('a value is there within a second, one event for a request with two datastreams', async () => {
    const seen = follow()
    await isLive(seen)
    expect(seen.points).toEqual([])
    const sentAt = performance.now()
    await direct.feeds.update(feedId, {
      datastreams: [
        { id: 'a', current_value: '20.50', at: '2026-01-01T00:00:00.123456Z' },
        { id: 'b', current_value: 'open', at: '2026-01-01T01:00:00.5+01:00' },
      ],
    })
    await expect.poll(() => seen.points, { interval: 5, timeout: 1000 }).toHaveLength(2)
    expect(performance.now() - sentAt).toBeLessThan(1000)
    expect(seen.points).toEqual([
      { datastream: 'a', at: '2026-01-01T00:00:00.123456Z', value: '20.50' },
      { datastream: 'b', at: '2026-01-01T00:00:00.500000Z', value: 'open' },
    ])
    expect(seen.statuses).toEqual(['connecting', 'live'])
    await expect.poll(() => seen.requests.map(({ method, status }) => `${method} ${status}`)).toContain('PUT 200')
  })

  test('cut off while points are written: all of them once and in order, before, between and after', async () => {
    const seen = follow()
    await isLive(seen)
    const sent: string[] = []
    const writeNext = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const value = String(sent.length + 1)
        sent.push(`a ${value}`)
        await write(value)
      }
    }
    await writeNext(20)
    proxy.cut()
    await writeNext(50)
    // late ones, older than what was seen
    const lateAt = new Date(Date.now() - 60_000).toISOString()
    await direct.datapoints.append(feedId, 'b', [{ at: lateAt, value: 'late' }])
    await expect.poll(() => seen.statuses.at(-1)).toBe('reconnecting')
    proxy.mend()
    await writeNext(50)
    await isLive(seen)
    await writeNext(20)
    await expect.poll(() => values(seen).filter((value) => value.startsWith('a')), { timeout: 5000 }).toEqual(sent)
    expect(values(seen).filter((value) => value.startsWith('b'))).toEqual(['b late'])
    expect(seen.gaps).toHaveLength(1)
    expect(seen.gaps[0]).toMatchObject({ isComplete: true })
    expect(seen.gaps[0]?.points).toBeGreaterThanOrEqual(50)
    // the request log healed as well: 140 values and one late one, each once
    const puts = (): string[] => seen.requests.filter(({ method }) => method === 'PUT').map(({ id }) => id)
    await expect.poll(() => puts().length, { timeout: 5000 }).toBe(140)
    expect(new Set(puts()).size).toBe(140)
    expect(seen.updates).toBeGreaterThan(0)
  })

  test('more than a page of history is missed: all of it comes', async () => {
    const seen = follow()
    await isLive(seen)
    proxy.cut()
    const beginMs = Date.now()
    const points = Array.from({ length: 2500 }, (_, index) => ({
      at: new Date(beginMs + index).toISOString(),
      value: String(index),
    }))
    await direct.datapoints.append(feedId, 'b', points)
    proxy.mend()
    await isLive(seen)
    await expect.poll(() => values(seen), { timeout: 5000 }).toEqual(points.map(({ value }) => `b ${value}`))
  })

  test('a connection that went silent is given up and healed', async () => {
    const seen = follow({ heartbeatMs: 300 })
    await isLive(seen)
    await write('1')
    await expect.poll(() => values(seen)).toEqual(['a 1'])
    proxy.freeze()
    await write('2')
    await expect.poll(() => values(seen), { timeout: 20_000 }).toEqual(['a 1', 'a 2'])
    expect(seen.statuses).toEqual(['connecting', 'live', 'reconnecting', 'live'])
  })

  test('since: what is newer comes first, once', async () => {
    const at = (second: number): string => `2026-01-01T00:00:0${second}.000000Z`
    await direct.datapoints.append(
      feedId,
      'b',
      [1, 2, 3].map((second) => ({ at: at(second), value: String(second) })),
    )
    const seen = follow({}, { since: at(1) })
    await isLive(seen)
    expect(values(seen).filter((value) => value.startsWith('b'))).toEqual(['b 2', 'b 3'])
    await direct.datapoints.append(feedId, 'b', [{ at: at(4), value: '4' }])
    await expect.poll(() => values(seen).filter((value) => value.startsWith('b'))).toEqual(['b 2', 'b 3', 'b 4'])
  })

  test('a signed-in browser follows with its cookie and a ticket for each connection, and feeds share it', async () => {
    const { fetch, sent } = withCookies(proxy.url)
    const client = createClient({ baseUrl: proxy.url, fetch })
    await expect(client.session.current()).resolves.toBeNull()
    const { email, password, realm } = server.firstRun
    await expect(client.session.signIn(email, password)).resolves.toMatchObject({ realm, email })
    const first = followWith(client)
    const second = followWith(client)
    await isLive(first)
    await isLive(second)
    await write('1')
    await expect.poll(() => values(first)).toEqual(['a 1'])
    await expect.poll(() => values(second)).toEqual(['a 1'])
    const tickets = () => sent.filter((line) => line === 'POST /v2/session/ticket').length
    expect(tickets()).toBe(1)
    proxy.cut()
    await write('2')
    proxy.mend()
    await expect.poll(() => values(first), { timeout: 20_000 }).toEqual(['a 1', 'a 2'])
    await expect.poll(() => values(second), { timeout: 20_000 }).toEqual(['a 1', 'a 2'])
    expect(tickets()).toBeGreaterThanOrEqual(2)
    await client.session.signOut()
    await expect(client.session.current()).resolves.toBeNull()
  })

  test('the key of the device itself follows its feed, and learns its realm but not its owner', async () => {
    const seen = follow({ apiKey: deviceKey })
    await isLive(seen)
    await write('1')
    await expect.poll(() => values(seen)).toEqual(['a 1'])
    const answer = await fetch(`${proxy.url}/v2/session`, { headers: { 'X-ApiKey': deviceKey } })
    const { account, realm, url, wampUrl, mqttUrl } = server.firstRun
    expect(await answer.json()).toEqual({
      login: account,
      realm,
      public_url: url,
      wamp_url: wampUrl,
      mqtt_url: mqttUrl,
    })
    await expect(seen.client.session.current()).resolves.toBeNull()
  })

  test.each([
    { name: 'a feed that is gone', status: 404, options: () => ({}), isRemoved: true },
    { name: 'a key that is none', status: 401, options: () => ({ apiKey: 'slc_none' }), isRemoved: false },
  ])('$name: the error is told, and it never claims to be live', async ({ status, options, isRemoved }) => {
    if (isRemoved) await direct.feeds.remove(feedId)
    const seen = follow(options())
    await expect.poll(() => seen.errors.map((error) => error.status), { timeout: 5000 }).toContain(status)
    expect(seen.statuses).toEqual(['connecting'])
  })

  test('closing leaves no connection', async () => {
    const seen = follow()
    await isLive(seen)
    await seen.client.close()
    await expect.poll(() => proxy.count(), { timeout: 70_000 }).toBe(0)
    await write('1')
    expect(seen.points).toEqual([])
  }, 90_000)
})

/** A browser's part of fetch: it keeps the cookie and says where a page's request comes from. */
function withCookies(origin: string): { fetch: typeof globalThis.fetch; sent: string[] } {
  let cookie = ''
  const sent: string[] = []
  return {
    sent,
    fetch: async (url, init = {}) => {
      const { pathname } = new URL(url instanceof Request ? url.url : url)
      sent.push(`${init.method} ${pathname}`)
      const headers = { ...(init.headers as Record<string, string>), cookie, origin, 'sec-fetch-site': 'same-origin' }
      const response = await globalThis.fetch(url, { ...init, headers })
      const [set] = response.headers.getSetCookie()
      if (set !== undefined) cookie = set.split(';')[0] ?? ''
      return response
    },
  }
}
