import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey } from '@sluice/model'
import { createClient } from '@sluice/sdk'
import type { Client } from '@sluice/sdk'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort, startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { startSluice } from './sluice-process.ts'
import type { SluiceProcess } from './sluice-process.ts'
import { openTcpProxy } from './tcp-proxy.ts'

type Received = { path: string; id: string; headers: Record<string, string>; body: string }

/** so that triggers may call the receiver of this test */
const EGRESS = { SLUICE_EGRESS_ALLOW: '127.0.0.1/32' }

const scope = new AsyncDisposableStack()
let dataDir: string
let port: number
let server: ServerProcess
let client: Client
let feedId: number
let triggerId: number
/** answers by path: /500, /302, /hang not at all, all else 200 */
let receiver: { url: string; received: Received[] }
let running: SluiceProcess[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-listen-'))
  port = await freePort()
  server = await startServer({ dataDir, port, env: EGRESS })
  client = createClient({ baseUrl: server.firstRun.url, apiKey: server.firstRun.apiKey })
  receiver = await openReceiver()
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await scope.disposeAsync()
  await rm(dataDir, { recursive: true, force: true })
})
beforeEach(async () => {
  feedId = (await client.devices.add({ name: 'Boiler', private: true })).device.feed_id
  await client.feeds.update(feedId, { datastreams: [{ id: 'temperature', current_value: '0' }] })
  triggerId = await makeTrigger('too hot')
  receiver.received.length = 0
})
afterEach(async () => {
  for (const sluice of running.splice(0)) await sluice[Symbol.asyncDispose]()
  await client.triggers.update(triggerId, { enabled: false })
})

async function openReceiver(): Promise<typeof receiver> {
  const received: Received[] = []
  const http = createServer((request, response) => {
    void read(request).then((body) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      const path = request.url ?? ''
      received.push({ path, id: headers['webhook-id'] ?? '', headers, body })
      if (path === '/hang') return
      const status = Number(/^\/([1-5]\d\d)$/.exec(path)?.[1] ?? 200)
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('ok')
    })
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  scope.defer(() => {
    http.closeAllConnections()
    http.close()
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, received }
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

/** Fires with every value; its own target is `/real`, in API v2's form. */
async function makeTrigger(name: string): Promise<number> {
  return client.triggers.create({
    environment_id: feedId,
    stream_id: 'temperature',
    trigger_type: 'gt',
    threshold_value: '10',
    mode: 'level',
    name,
    url: `${receiver.url}/real`,
  })
}

/** Listens for this test's trigger with the key of the first start, unless told otherwise. */
function listen(args: readonly string[], env: Record<string, string> = {}): SluiceProcess {
  const sluice = startSluice(['listen', ...args], {
    dir: tmpdir(),
    env: { SLUICE_URL: server.firstRun.url, SLUICE_KEY: server.firstRun.apiKey, ...env },
  })
  running.push(sluice)
  return sluice
}
const isReady = (sluice: SluiceProcess) =>
  expect.poll(() => `${sluice.lines().join('\n')}${sluice.errors()}`, { timeout: 15_000 }).toMatch(/Ready|"ready"/)
const write = (value: string): Promise<void> =>
  client.feeds.update(feedId, { datastreams: [{ id: 'temperature', current_value: value }] })
const at = (path: string): Received[] => receiver.received.filter((one) => one.path === path)
/** the values that fired, in order of arrival */
const valuesAt = (path: string): string[] =>
  at(path).map(({ body }) => {
    const document = JSON.parse(new URLSearchParams(body).get('body') ?? '') as { triggering_datastream: Value }
    return document.triggering_datastream.value.value
  })
type Value = { value: { value: string } }
const jsonLines = (sluice: SluiceProcess): Record<string, unknown>[] =>
  sluice.lines().map((line) => JSON.parse(line) as Record<string, unknown>)

test('a firing reaches the local address as the platform sends it, signed with the secret that was shown', async () => {
  const sluice = listen(['--forward-to', `${receiver.url}/hook`])
  await isReady(sluice)
  const secret = /whsec_\S+/.exec(sluice.lines().join('\n'))?.[0] ?? ''
  await write('31.50')
  await expect.poll(() => [at('/hook').length, at('/real').length], { timeout: 10_000 }).toEqual([1, 1])

  const [near, real] = [at('/hook')[0], at('/real')[0]]
  if (!near || !real) throw new Error('nothing came')
  expect(near).toMatchObject({ id: real.id, body: real.body })
  expect(near.headers['content-type']).toBe(real.headers['content-type'])
  const told = { name: near.headers['user-agent'], host: near.headers['host'] }
  expect(told).toEqual({ name: expect.stringMatching(/^Sluice\/\S+ \(sluice listen\)$/), host: real.headers['host'] })
  // the body is a form, so there is no JSON to parse: that it throws for nothing but this shows the signature is right
  expect(signatureProblem(secret, near)).toBe(null)
  expect(signatureProblem(secret, { ...near, body: `${near.body} ` })).toMatch(/No matching signature/)
  expect(signatureProblem(secret, real)).toMatch(/No matching signature/)

  await expect
    .poll(() => sluice.lines().at(-1))
    .toMatch(/^\d\d:\d\d:\d\d {2}too hot +value +temperature 31\.50 {2}→ 200 {2}\d+ ms$/)
  expect(await sluice.end('SIGINT')).toBe(0)
  expect(sluice.lines().at(-1)).toBe('Forwarded 1, failed 0')
  expect(`${sluice.lines().join()}${sluice.errors()}`).not.toContain(server.firstRun.apiKey)
})

/** What standardwebhooks says against it, null for nothing. */
function signatureProblem(secret: string, { headers, body }: Received): string | null {
  try {
    new Webhook(secret).verify(body, headers)
    return null
  } catch (error) {
    return error instanceof SyntaxError ? null : String(error)
  }
}

test(
  'a server that is killed and comes back: what fired meanwhile comes once and in order',
  { timeout: 90_000 },
  async () => {
    const sluice = listen(['--forward-to', `${receiver.url}/hook`])
    await isReady(sluice)
    for (const value of ['11', '12', '13']) await write(value)
    await server.end('SIGKILL')
    await expect.poll(() => sluice.lines()).toContain('The connection is lost; it is being made again')
    server = await startServer({ dataDir, port, env: EGRESS })
    for (const value of ['14', '15', '16', '17']) await write(value)
    await expect.poll(() => sluice.lines(), { timeout: 30_000 }).toContain('Connected again')
    await write('18')
    const all = ['11', '12', '13', '14', '15', '16', '17', '18']
    await expect.poll(() => valuesAt('/hook'), { timeout: 30_000 }).toEqual(all)
    expect(await sluice.end('SIGTERM')).toBe(0)
    expect(sluice.lines().at(-1)).toBe('Forwarded 8, failed 0')
    expect(new Set(at('/hook').map(({ id }) => id)).size).toBe(8)
  },
)

test('cut off while the platform runs: 60 firings, more than a page, come once and in order', async () => {
  await using proxy = await openTcpProxy(port)
  const sluice = listen(['--forward-to', `${receiver.url}/hook`, '--json'], { SLUICE_URL: proxy.url })
  await isReady(sluice)
  await write('100')
  await expect.poll(() => at('/hook')).toHaveLength(1)
  proxy.cut()
  const expected = ['100']
  for (let value = 101; value <= 160; value++) {
    expected.push(String(value))
    await write(String(value))
  }
  proxy.mend()
  await expect.poll(() => valuesAt('/hook'), { timeout: 25_000 }).toEqual(expected)
  await write('200')
  await expect.poll(() => valuesAt('/hook').at(-1), { timeout: 5000 }).toBe('200')
  expect(await sluice.end()).toBe(0)
  const lines = jsonLines(sluice)
  expect(lines.at(-1)).toEqual({ type: 'sum', forwarded: 62, failed: 0 })
  expect(lines).toContainEqual({ type: 'note', text: '60 fired meanwhile; forwarded now' })
})

test('--since begins in the past, --trigger leaves out others, --json tells each delivery', async () => {
  await write('21')
  const other = await makeTrigger('another')
  await write('22')
  await expect.poll(() => at('/real'), { timeout: 10_000 }).toHaveLength(3)
  const secret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz'
  const flags = ['--trigger', String(other), '--since', '10m', '--json', '--secret', secret]
  const sluice = listen(['--forward-to', `${receiver.url}/hook`, ...flags])
  await isReady(sluice)
  await write('23')
  await expect.poll(() => valuesAt('/hook'), { timeout: 10_000 }).toEqual(['22', '23'])
  await client.triggers.update(other, { enabled: false })
  expect(at('/hook').map((one) => signatureProblem(secret, one))).toEqual([null, null])
  await expect.poll(() => jsonLines(sluice).filter(({ type }) => type === 'delivery')).toHaveLength(2)
  expect(await sluice.end()).toBe(0)

  const lines = jsonLines(sluice)
  expect(lines[0]).toEqual({
    type: 'start',
    url: server.firstRun.url,
    forward_to: `${receiver.url}/hook`,
    triggers: ['another'],
    secret: null,
  })
  expect(lines.findLast(({ type }) => type === 'delivery')).toMatchObject({
    id: at('/hook')[1]?.id,
    trigger_id: other,
    trigger_name: 'another',
    environment_id: feedId,
    stream_id: 'temperature',
    cause: 'value',
    value: '23',
    test: false,
    outcome: 'forwarded',
    status: 200,
    error: null,
    duration_ms: expect.any(Number),
  })
  expect(lines.at(-1)).toEqual({ type: 'sum', forwarded: 2, failed: 0 })
})

test('a test message is forwarded, and says that it is one', async () => {
  const sluice = listen(['--forward-to', `${receiver.url}/hook`])
  await isReady(sluice)
  const id = await client.triggers.test(triggerId)
  await expect.poll(() => at('/hook').map((one) => one.id), { timeout: 10_000 }).toEqual([id])
  await expect.poll(() => sluice.lines().at(-1)).toContain('too hot (test)')
}, 60_000)

test.each([
  { path: '/500', line: /→ 500 not a 2xx {2}\d+ ms$/ },
  { path: '/302', line: /→ 302 redirects are not followed {2}\d+ ms$/ },
  { path: null, line: /→ connection refused: nothing listens on 127\.0\.0\.1:\d+ {2}\d+ ms$/ },
])('a target that answers $path is a failure, and it goes on', async ({ path, line }) => {
  const target = path === null ? `127.0.0.1:${await freePort()}` : `${receiver.url}${path}`
  const sluice = listen(['--forward-to', target])
  await isReady(sluice)
  await write('41')
  await expect.poll(() => sluice.lines().at(-1), { timeout: 10_000 }).toMatch(line)
  await write('42')
  await expect.poll(() => sluice.lines().filter((one) => line.test(one)), { timeout: 10_000 }).toHaveLength(2)
  expect(at('/elsewhere')).toEqual([])
  expect(await sluice.end()).toBe(0)
  expect(sluice.lines().at(-1)).toBe('Forwarded 0, failed 2')
})

test('Ctrl-C ends at once, also while the target hangs', async () => {
  const sluice = listen(['--forward-to', `${receiver.url}/hang`])
  await isReady(sluice)
  await write('43')
  await expect.poll(() => at('/hang'), { timeout: 10_000 }).toHaveLength(1)
  const pressedAt = performance.now()
  expect(await sluice.end('SIGINT')).toBe(0)
  expect(performance.now() - pressedAt).toBeLessThan(2000)
  expect(sluice.lines().at(-1)).toBe('Forwarded 0, failed 0')
})

test('what a value contains does not reach the terminal as commands', async () => {
  const changes = await client.triggers.create({
    environment_id: feedId,
    stream_id: 'temperature',
    trigger_type: 'change',
    name: '\u001b[2Jname',
    url: `${receiver.url}/real`,
  })
  const sluice = listen(['--forward-to', `${receiver.url}/hook`])
  await isReady(sluice)
  await write('a\u001b]0;title\u0007b')
  await expect.poll(() => sluice.lines().at(-1), { timeout: 10_000 }).toMatch(/�\[2Jname .*a�\]0;title�b {2}→ 200/)
  await client.triggers.remove(changes)
})

test('server and key come from .sluice/first-run.json where npm start was run', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-dir-'))
  scope.defer(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, '.sluice'))
  await writeFile(join(dir, '.sluice', 'first-run.json'), JSON.stringify(server.firstRun))
  const sluice = startSluice(['listen', '--forward-to', receiver.url], { dir })
  running.push(sluice)
  await isReady(sluice)
  expect(sluice.lines()[0]).toBe('Server and key are those of .sluice/first-run.json')
  expect(await sluice.end()).toBe(0)
})

test.each([
  { name: 'a key that is wrong', key: 'wrong', words: /does not accept the key of SLUICE_KEY/ },
  { name: 'a key bound to a feed', key: 'bound', words: /may not follow the whole account: use .*master key/ },
  { name: 'a server that is away', key: 'first', words: /The server cannot be reached: http:\/\/127\.0\.0\.1:1$/m },
  { name: 'a trigger that is not there', key: 'first', words: /There is no trigger 999999/ },
])('$name is one sentence and exit code 1', async ({ name, key, words }) => {
  const env: Record<string, string> = {}
  if (key === 'wrong') env['SLUICE_KEY'] = makeKey((count) => randomBytes(count))
  if (key === 'bound') env['SLUICE_KEY'] = (await client.devices.add({ name: 'Other', private: true })).api_key
  if (name.includes('away')) env['SLUICE_URL'] = 'http://127.0.0.1:1'
  const sluice = listen(
    ['--forward-to', receiver.url, ...(name.includes('trigger') ? ['--trigger', '999999'] : [])],
    env,
  )
  expect(await sluice.exited).toBe(1)
  expect(sluice.errors()).toMatch(words)
  expect(sluice.errors().trim().split('\n')).toHaveLength(1)
})

test('a key that is revoked meanwhile ends it', { timeout: 60_000 }, async () => {
  const permissions = [{ access_methods: ['get' as const] }]
  const { api_key: key } = await client.keys.create({ label: 'short', private_access: true, permissions })
  const sluice = listen(['--forward-to', receiver.url], { SLUICE_KEY: key })
  await isReady(sluice)
  const headers = { 'X-ApiKey': server.firstRun.apiKey }
  const removed = await fetch(`${server.firstRun.url}/v2/keys/${key}`, { method: 'DELETE', headers })
  expect(removed.status).toBe(200)
  expect(await sluice.exited).toBe(1)
  expect(sluice.errors()).toBe(`sluice: ${server.firstRun.url} does not accept the key of SLUICE_KEY\n`)
})

test.each([
  { args: ['--help'], code: 0, prints: /sluice listen --forward-to/ },
  { args: ['listen', '--help'], code: 0, prints: /SLUICE_KEY is better/ },
  { args: [], code: 2, prints: /^$/ },
  { args: ['listen', '--forward-to', 'localhost:1', '--port=slc_x'], code: 2, prints: /^$/ },
])('sluice $args ends with $code', async ({ args, code, prints }) => {
  const sluice = startSluice(args)
  running.push(sluice)
  expect(await sluice.exited).toBe(code)
  expect(sluice.lines().join('\n')).toMatch(prints)
  expect(sluice.errors()).toMatch(code === 0 ? /^$/ : /^sluice: [^\n]+\n$/)
  expect(sluice.errors()).not.toContain('slc_x')
})
