import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { forbiddenUrls, RECEIVER, redirectTargets, zone } from './egress-cases.ts'
import type { Task, Told } from './egress-child.ts'
import { startNameServer } from './name-server.ts'
import type { NameServer } from './name-server.ts'

// What is promised is that no connection is made, so the kernel is asked and not our code: the requests run in a process
// of their own under strace, and every connect() to an address of the internet is counted.

const CHILD = fileURLToPath(new URL('egress-child.ts', import.meta.url))

let names: NameServer
let plain: Server
let secure: Server
let proxy: Server
let dir: string
const closing: (() => unknown)[] = []
const received: string[] = []

/** Answers like a target, and redirects where the path says: `/302/<to>`. */
const answer: RequestListener = (request, response) => {
  received.push(`${request.headers.host} ${request.url}`)
  const redirect = /^\/(30\d)\/(.*)$/.exec(request.url ?? '')
  if (redirect) response.writeHead(Number(redirect[1]), { location: decodeURIComponent(redirect[2] ?? '') })
  response.end()
}

async function listening(server: Server, host: string): Promise<Server> {
  await once(server.listen(0, host), 'listening')
  closing.push(() => server.close())
  return server
}

beforeAll(async () => {
  const authority = makeCertificate({ subject: 'Authority' })
  names = await startNameServer(zone)
  closing.push(() => names[Symbol.asyncDispose]())
  plain = await listening(createServer(answer), RECEIVER)
  const certificate = makeCertificate({ subject: 'x', hosts: [RECEIVER], issuer: authority })
  secure = await listening(createSecureServer(certificate, answer), RECEIVER)
  proxy = await listening(createServer(answer), '127.0.0.1')
  dir = await mkdtemp(join(tmpdir(), 'sluice-egress-'))
  closing.push(() => rm(dir, { recursive: true }))
})
afterAll(async () => {
  for (const close of closing) await close()
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/**
 * Sends requests from a process under strace.
 * @returns what became of each, and `address port` of every connect() but those to the name server
 */
async function watched(urls: string[], allow = RECEIVER): Promise<{ told: Told; connections: string[] }> {
  const { status } = spawnSync('strace', ['-V'])
  if (status !== 0) throw new Error('strace is missing; it counts the connections here: apt-get install -y strace')
  const log = join(dir, 'connects')
  const task: Task = { allow, namePort: names.port, urls }
  const proxyUrl = `http://127.0.0.1:${portOf(proxy)}`
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxyUrl,
    HTTPS_PROXY: proxyUrl,
    http_proxy: proxyUrl,
  }
  const strace = ['-f', '-qq', '-e', 'trace=connect', '-e', 'signal=none', '-o', log]
  const { stdout } = await promisify(execFile)('strace', [...strace, process.execPath, CHILD, JSON.stringify(task)], {
    env,
  })
  const traced = await readFile(log, 'utf8')
  const connections = traced
    .split('\n')
    .filter((line) => /AF_INET6?\b/.test(line))
    .map((line) => {
      const [, port] = /sin6?_port=htons\((\d+)\)/.exec(line) ?? []
      const [, four, six] = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(line) ?? []
      return `${four ?? six} ${port}`
    })
    .filter((connection) => connection !== `127.0.0.1 ${names.port}`)
  return { told: JSON.parse(stdout) as Told, connections }
}

test('nothing that is not public is connected to, however it is written or found', async () => {
  const urls = forbiddenUrls(portOf(plain))
  expect(urls.length).toBeGreaterThanOrEqual(120)
  received.length = 0
  const { told, connections } = await watched([...urls, `http://good.test:${portOf(plain)}/`])
  // the last one shows that the counter counts
  expect(connections).toEqual([`${RECEIVER} ${portOf(plain)}`])
  const passed = told.flatMap(({ kind }, index) => (kind === 'refused' ? [] : [urls[index] ?? 'good.test']))
  expect(passed).toEqual(['good.test'])
  expect(received).toEqual([`good.test:${portOf(plain)} /`])
})

test('the same requests are counted where the operator opened everything', async () => {
  const urls = ['127.0.0.1', '0x7f.1', '127.0.0.1.', 'localhost', 'four-7.test', '[::1]'].map(
    (host) => `http://${host}:${portOf(plain)}/`,
  )
  const { told, connections } = await watched(urls, '0.0.0.0/0, ::/0')
  expect(told.map(({ kind }) => kind)).toEqual(urls.map(() => 'failed'))
  const distinct = [...new Set(connections)].toSorted()
  expect(distinct).toEqual([`127.0.0.1 ${portOf(plain)}`, `::1 ${portOf(plain)}`])
  expect(connections.length).toBeGreaterThanOrEqual(urls.length)
})

test('a name that changes between the check and the connection leads where it was checked', async () => {
  const bad = `http://turns-bad.test:${portOf(plain)}/`
  const good = `http://turns-good.test:${portOf(plain)}/`
  names.queries.length = 0
  received.length = 0
  const { told, connections } = await watched([bad, bad, good])
  expect(told.map(({ kind }) => kind)).toEqual(['answer', 'refused', 'refused'])
  expect(connections).toEqual([`${RECEIVER} ${portOf(plain)}`])
  // one question of each kind for each request: nothing is looked up again to connect
  expect(names.queries.filter((query) => query === '1 turns-bad.test')).toHaveLength(2)
})

test('redirects are not followed', async () => {
  const redirects = redirectTargets(portOf(proxy)).flatMap((target) => {
    const to = encodeURIComponent(target)
    return [
      ...[301, 302, 303, 307, 308].map((status) => `http://${RECEIVER}:${portOf(plain)}/${status}/${to}`),
      `https://${RECEIVER}:${portOf(secure)}/302/${to}`,
    ]
  })
  const { told, connections } = await watched(redirects)
  expect(told.map(({ kind, status }) => `${kind} ${status}`)).toEqual(
    redirects.map((url) => `answer ${/\/(30\d)\//.exec(url)?.[1]}`),
  )
  const receivers = [`${RECEIVER} ${portOf(plain)}`, `${RECEIVER} ${portOf(secure)}`]
  expect([...new Set(connections)].toSorted()).toEqual(receivers.toSorted())
})
