import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import {
  type ClientAuth,
  type ClientChannel,
  ERROR,
  type Session,
  type WebSocketConstructor,
  anonymousAuth,
  anyAuth,
  cryptosignAuth,
  join,
  openWebSocket,
  scramAuth,
  signingKey,
  ticketAuth,
  toHex,
  transportAuth,
} from '@sluice/wamp'
import { afterAll, describe, expect, test } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { parseRealmConfig, startListeners } from '../src/index.ts'
import { openLab } from './lab.ts'

const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8')
const client = { ca: pem('ca.pem'), key: pem('client.key'), cert: pem('client.pem') }
const { fingerprint256, subject } = new X509Certificate(client.cert)
const commonName = /CN=(.*)/.exec(subject)?.[1] ?? ''
const device = await signingKey(new Uint8Array(32).fill(7))

const offered = {
  anonymous: { role: 'user' },
  ticket: { principals: { joe: { role: 'user', ticket: 'joes ticket' } } },
  scram: { users: { joe: { role: 'user', password: 'pencil', kdf: 'pbkdf2', iterations: 4096 } } },
  cryptosign: { principals: { device: { role: 'user', authorized_keys: [toHex(device.publicKey)] } } },
}
const roles = [{ name: 'user' }]
const { realms } = parseRealmConfig(
  JSON.stringify({
    realms: [
      {
        name: 'named',
        roles,
        auth: { ...offered, tls: { principals: { machine: { role: 'user', commonName } } }, cookie: {} },
      },
      {
        name: 'pinned',
        roles,
        auth: { tls: { principals: { machine: { role: 'user', sha256: [fingerprint256.replaceAll(':', '')] } } } },
      },
      {
        name: 'other',
        roles,
        auth: { ...offered, tls: { principals: { machine: { role: 'user', commonName: 'x' } } } },
      },
    ],
  }),
  { env: {}, readFile: () => '' },
)
const lab = await openLab({ realms })
const TLS = { key: pem('server.key'), cert: pem('server.pem'), requestClientCert: true }
const listeners = await startListeners(
  [
    { type: 'websocket', host: '127.0.0.1', port: 0, tls: { ...TLS, ca: client.ca } },
    { type: 'websocket', host: '127.0.0.1', port: 0, tls: TLS },
  ],
  lab.bus,
)
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await listeners[Symbol.asyncDispose]()
})

/** Connects to a listener, and joins with what may depend on the connection. */
async function enter(
  auth: ClientAuth | ((socket: TLSSocket, answer: IncomingMessage) => ClientAuth),
  { realm = 'named', listener = 0, ...options }: ClientOptions & { realm?: string; listener?: number } = {},
): Promise<Session & { answer: IncomingMessage }> {
  const answers: IncomingMessage[] = []
  const Connecting = function (url: string, protocols: string[]): WebSocket {
    const ws = new WebSocket(url, protocols, { ca: client.ca, ...options })
    return ws.on('upgrade', (answer) => answers.push(answer))
  } as unknown as WebSocketConstructor
  const { port } = listeners.addresses[listener] as { port: number }
  const transport = await openWebSocket(`wss://127.0.0.1:${port}/`, { WebSocket: Connecting })
  const [answer] = answers
  if (!answer) throw new Error('connected without an answer')
  const given = typeof auth === 'function' ? auth(answer.socket as TLSSocket, answer) : auth
  const session = await join(transport, { realm, timers: globalThis, auth: given })
  await session.leave()
  return Object.assign(session, { answer })
}
const refused = { uri: ERROR.authenticationFailed }

describe('a client certificate', () => {
  const tls = transportAuth('tls')
  test.each([
    { realm: 'named', listener: 0 },
    { realm: 'pinned', listener: 0 },
    // no authority vouches for it there, but it is the one that is pinned
    { realm: 'pinned', listener: 1 },
  ])('lets in to realm $realm at listener $listener', async (where) => {
    const { details } = await enter(tls, { ...client, ...where })
    expect(details).toMatchObject({ authid: 'machine', authrole: 'user', authmethod: 'tls' })
  })

  test.each([
    { realm: 'named', listener: 1 },
    { realm: 'other', listener: 0 },
  ])('does not let in to realm $realm at listener $listener', async (where) => {
    await expect(enter(tls, { ...client, ...where })).rejects.toMatchObject(refused)
  })

  test('is no way in for who has none, and the next method is taken', async () => {
    await expect(enter(tls)).rejects.toMatchObject({ uri: ERROR.noMatchingAuthMethod })
    expect((await enter(anyAuth(tls, anonymousAuth()))).details.authmethod).toBe('anonymous')
  })
})

/** What both ends of the connection know, as Node's client has it. */
function channelOf(type: string, socket: TLSSocket): ClientChannel {
  const data =
    type === 'tls-unique'
      ? (socket.getFinished() ?? Buffer.alloc(0))
      : socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  return { type, data: new Uint8Array(data) }
}

describe.each([
  { type: 'tls-exporter', options: {} },
  { type: 'tls-unique', options: { maxVersion: 'TLSv1.2' } as const },
])('bound to the channel by $type', ({ type, options }) => {
  const authOf = {
    cryptosign: (channel: ClientChannel) => cryptosignAuth({ key: device, channel }),
    'wamp-scram': (channel: ClientChannel) => scramAuth({ authid: 'joe', password: 'pencil', channel }),
  }

  test.each(['cryptosign', 'wamp-scram'] as const)('%s', async (method) => {
    const session = await enter((socket) => authOf[method](channelOf(type, socket)), options)
    expect(session.details.authmethod).toBe(method)
  })

  test.each(['cryptosign', 'wamp-scram'] as const)('%s of another connection is refused', async (method) => {
    const data = new Uint8Array(32)
    await expect(enter(authOf[method]({ type, data }), options)).rejects.toMatchObject(refused)
  })
})

test('a channel that there is none of: SCRAM ends, and so does a client of cryptosign that asked for it', async () => {
  const channel = { type: 'tls-unique', data: new Uint8Array(12) }
  await expect(enter(scramAuth({ authid: 'joe', password: 'pencil', channel }))).rejects.toMatchObject(refused)
  await expect(enter(cryptosignAuth({ key: device, channel }))).rejects.toMatchObject(refused)
})

describe('a cookie', () => {
  const cookieOf = ({ answer }: { answer: IncomingMessage }): string => answer.headers['set-cookie']?.[0] ?? ''
  const recalled = anyAuth(transportAuth('cookie'), ticketAuth('wrong', 'joe'))

  test('is given to a browser that has none, and lets it in once it has authenticated', async () => {
    const first = await enter(ticketAuth('joes ticket', 'joe'))
    expect(cookieOf(first)).toMatch(/^sluice_bus=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const headers = { cookie: `theme=dark; ${cookieOf(first).split(';', 1)[0] ?? ''}` }
    const second = await enter(recalled, { headers })
    expect(second.details).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'cookie' })
    expect(cookieOf(second)).toBe('')
    await expect(enter(recalled, { headers, realm: 'other' })).rejects.toMatchObject(refused)
  })

  test('of who failed, and one that nobody gave, lets nobody in', async () => {
    const given: string[] = []
    const failing = (_socket: TLSSocket, answer: IncomingMessage): ClientAuth => {
      given.push(cookieOf({ answer }).split(';', 1)[0] ?? '')
      return ticketAuth('wrong', 'joe')
    }
    await expect(enter(failing)).rejects.toMatchObject(refused)
    expect(given[0]).toMatch(/^sluice_bus=/)
    for (const cookie of [given[0] ?? '', `sluice_bus=${'A'.repeat(43)}`, 'sluice_bus=A'])
      await expect(enter(recalled, { headers: { cookie } })).rejects.toMatchObject(refused)
  })
})
