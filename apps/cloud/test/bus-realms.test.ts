import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { createClient } from '@sluice/sdk'
import {
  type ClientAuth,
  ERROR,
  type Session,
  craAuth,
  cryptosignAuth,
  join,
  openWebSocket,
  scramAuth,
  signingKey,
  ticketAuth,
  toHex,
} from '@sluice/wamp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, freePort, startServer } from './server-process.ts'

const PATIENT = { timeout: 20_000 }
const device = await signingKey(new Uint8Array(32).fill(1))
let dataDir: string
let server: ServerProcess
let listener: number

beforeAll(async () => {
  dataDir = await mkdtemp(joinPath(tmpdir(), 'sluice-realms-'))
  listener = await freePort()
  const config = {
    realms: [
      {
        name: 'plant',
        roles: [{ name: 'machine', permissions: [{ uri: 'plant.*', allow: { publish: true, subscribe: true } }] }],
        auth: {
          cryptosign: { principals: { press: { role: 'machine', authorized_keys: [toHex(device.publicKey)] } } },
          ticket: { principals: { press: { role: 'machine', ticket: { file: 'ticket' } } } },
        },
      },
    ],
    listeners: [{ type: 'websocket', port: listener }],
  }
  await writeFile(joinPath(dataDir, 'wamp.json'), JSON.stringify(config))
  await writeFile(joinPath(dataDir, 'ticket'), 'a ticket of the file\n')
  server = await startServer({
    dataDir,
    port: await freePort(),
    env: { SLUICE_WAMP_CONFIG: joinPath(dataDir, 'wamp.json') },
  })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

async function enter(realm: string, auth: ClientAuth, url = server.firstRun.wampUrl): Promise<Session> {
  return await join(await openWebSocket(url), { realm, timers: globalThis, auth })
}

test('a realm of the configuration, at the universal port and at a listener of its own', async () => {
  const [one, two] = [
    await enter('plant', cryptosignAuth({ key: device })),
    await enter('plant', ticketAuth('a ticket of the file', 'press'), `ws://127.0.0.1:${listener}/`),
  ]
  const got: unknown[] = []
  await one.subscribe('plant.', (args) => got.push(args), { match: 'prefix' })
  await two.publishAcknowledged('plant.press', ['up'])
  await expect.poll(() => got, PATIENT).toEqual([['up']])
  await expect(two.call('plant.press')).rejects.toMatchObject({ uri: ERROR.notAuthorized })
  await Promise.all([one.leave(), two.leave()])
})

test('an API key joins its account’s realm by its id, and is never said; what it loses, open sessions lose', async () => {
  const { url, realm, apiKey } = server.firstRun
  const client = createClient({ baseUrl: url, apiKey })
  const { api_key: made } = await client.keys.create({
    label: 'bus',
    private_access: true,
    permissions: [{ access_methods: ['get', 'put'] }],
  })
  const byTicket = await enter(realm, ticketAuth(made))
  const { authid } = byTicket.details
  const sessions = [
    await enter(realm, craAuth({ authid, secret: made })),
    await enter(realm, scramAuth({ authid, password: made })),
    await enter(realm, scramAuth({ authid, password: made, dialects: ['scram'] })),
  ]
  expect(sessions.map(({ details }) => [details.authid, details.authrole, details.authmethod])).toEqual([
    [authid, 'key', 'wampcra'],
    [authid, 'key', 'wamp-scram'],
    [authid, 'key', 'scram'],
  ])
  for (const auth of [craAuth({ authid, secret: apiKey }), scramAuth({ authid, password: apiKey })])
    await expect(enter(realm, auth)).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
  await byTicket.register('app.add', () => 1)
  expect((await enter(realm, ticketAuth(apiKey)).then((other) => other.call('app.add'))).args).toEqual([1])
  const key = { label: 'bus', private_access: true, permissions: [{ access_methods: ['get'] }] }
  const headers = { 'X-ApiKey': apiKey, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ key })
  expect((await fetch(`${url}/v2/keys/${made}`, { method: 'PUT', headers, body })).status).toBe(200)
  const other = await enter(realm, ticketAuth(apiKey))
  await expect
    .poll(() => other.call('app.add').then(String, (error: { uri: string }) => error.uri), { timeout: 5000 })
    .toBe(ERROR.noSuchProcedure)
  await expect(byTicket.publishAcknowledged('app.x')).rejects.toMatchObject({ uri: ERROR.notAuthorized })
  expect(server.output()).not.toContain(made)
})

test('what the bus counts is among the metrics', async () => {
  const session = await enter('plant', ticketAuth('a ticket of the file', 'press'))
  await session.publishAcknowledged('plant.press', [1])
  const text = await (await fetch(`${server.firstRun.url}/metrics`)).text()
  const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
  expect(value('wamp_sessions')).toBeGreaterThan(0)
  expect(value('wamp_connections')).toBeGreaterThan(0)
  expect(value('wamp_publications_total')).toBeGreaterThan(0)
  expect(value('wamp_events_dropped_total')).toBe(0)
  await session.leave()
})

test('a new account is a realm at once, and none gets the name of another realm; a removed one ends its sessions', async () => {
  const { url, apiKey } = server.firstRun
  const send = (method: string, path: string, body?: unknown, headers: object = { 'X-ApiKey': apiKey }) =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const user = (login: string) => ({ user: { login, email: `${login}@example.org`, password: 'a cold wet stone' } })
  for (const taken of ['plant', 'realm1', server.firstRun.realm]) {
    expect((await send('POST', '/v2/users', user(taken))).status).toBe(409)
  }
  expect((await send('POST', '/v2/users', user('newcomer'))).status).toBe(201)
  const { email, password } = user('newcomer').user
  const ours = { Origin: url, 'Content-Type': 'application/json' }
  const signed = await send('POST', '/v2/session', { email, password }, ours)
  const [cookie = ''] = signed.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
  const wanted = {
    key: { label: 'x', private_access: true, permissions: [{ access_methods: ['get', 'put', 'post'] }] },
  }
  const made = await send('POST', '/v2/keys', wanted, { ...ours, Cookie: cookie })
  const { api_key: key } = (await made.json()) as { api_key: string }
  const feed = await send('POST', '/v2/feeds', { title: 'first' }, { 'X-ApiKey': key })
  const feedId = Number(feed.headers.get('location')?.split('/').at(-1))
  const session = await enter('newcomer', ticketAuth(key))
  await session.call('sluice.datapoints.append', [feedId, [{ datastream: 't', value: '1' }]])
  expect((await send('DELETE', '/v2/users/newcomer')).status).toBe(200)
  expect(await session.closed).toBeTruthy()
  await expect(enter('newcomer', ticketAuth(key))).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
})
