import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CLOSE,
  type ConnectionStatus,
  ERROR,
  type Session,
  WampError,
  anonymousAuth,
  anyAuth,
  cborSerializer,
  connect,
  craAuth,
  join,
  jsonSerializer,
  msgpackSerializer,
  openWebSocket,
  scramAuth,
  ticketAuth,
} from '@sluice/wamp'
import { expect, test } from 'vitest'
import { PATIENT, openLab, testKey } from './lab.ts'

test('a client connection comes back after its socket was cut, with its subscriptions and a fresh ticket', async () => {
  await using lab = await openLab()
  const sockets = new Set<Socket>()
  lab.server.on('connection', (socket) => sockets.add(socket))
  let attempts = 0
  const connection = connect({
    url: lab.url,
    realm: 'acme',
    timers: globalThis,
    random: () => 0,
    auth: () => {
      attempts += 1
      lab.directory.tickets.add(`ticket${attempts}`)
      return Promise.resolve(ticketAuth(`ticket${attempts}`, 'session'))
    },
  })
  const seen: ConnectionStatus[] = []
  connection.onStatus((status) => seen.push(status))
  const got: unknown[] = []
  await connection.subscribe('sluice.feed.1977.datapoints', (args) => got.push(args))
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => seen, PATIENT).toEqual(['connecting', 'open', 'connecting', 'open'])
  await connection.subscribe('sluice.feed.1977.updated', () => {})
  lab.realms[0]?.session.publish('sluice.feed.1977.datapoints', [[]])
  await expect.poll(() => got, PATIENT).toEqual([[[]]])
  expect(attempts).toBe(2)
  await connection.close()
  await expect.poll(() => lab.bus.metrics().connections, PATIENT).toBe(0)
})

test.each([
  { text: 'CBOR and JSON', serializers: [cborSerializer(), jsonSerializer()] },
  { text: 'MessagePack', serializers: [msgpackSerializer()] },
  { text: 'JSON', serializers: [jsonSerializer()] },
])('over $text bytes, parts, progress and canceling pass a socket', async ({ serializers }) => {
  await using lab = await openLab()
  const enter = async (): Promise<Session> =>
    await join(await openWebSocket(lab.url, { serializers }), { realm: 'realm1', timers: globalThis })
  const [callee, caller] = [await enter(), await enter()]
  const aborted = Promise.withResolvers<void>()
  await callee.register(
    'app.join',
    async (_args, _kwargs, details) => {
      const all: number[] = []
      for await (const { args } of details.input ?? []) {
        all.push(...(args[0] as Uint8Array))
        details.progress([all.length])
      }
      return Uint8Array.from(all)
    },
    { input: true },
  )
  await callee.register('app.slow', async (_args, _kwargs, { signal }) => {
    await pause(60_000, undefined, { signal }).catch(() => aborted.resolve())
  })
  const seen: unknown[] = []
  const parts = [{ args: [Uint8Array.of(1, 2)] }, { args: [Uint8Array.of(0, 255)] }]
  const result = await caller.callProgressively('app.join', parts, { onProgress: ({ args }) => seen.push(args[0]) })
  expect([result.args, seen]).toEqual([[Uint8Array.of(1, 2, 0, 255)], [2, 4]])
  const calling = caller.call('app.slow', [], {}, { signal: AbortSignal.timeout(50) })
  await expect(calling).rejects.toMatchObject({ uri: ERROR.canceled })
  await aborted.promise
  await Promise.all([callee.leave(), caller.leave()])
})

test.each([
  { text: 'WAMP-CRA', auth: (secret: string) => craAuth({ authid: '7', secret }) },
  { text: 'SCRAM', auth: (password: string) => scramAuth({ authid: '7', password }) },
  { text: 'the first of several', auth: (ticket: string) => anyAuth(ticketAuth(ticket, '7'), anonymousAuth()) },
])('a connection that authenticates by $text does so anew each time', async ({ auth }) => {
  await using lab = await openLab()
  lab.directory.keys.set('slc_full', testKey())
  const connection = connect({
    url: lab.url,
    realm: 'acme',
    timers: globalThis,
    random: () => 0,
    auth: () => auth('slc_full'),
  })
  const seen: ConnectionStatus[] = []
  connection.onStatus((status) => seen.push(status))
  await expect.poll(() => seen, PATIENT).toEqual(['connecting', 'open'])
  expect(connection.session()?.details.authrole).toBe('key')
  await connection.session()?.leave()
  await expect.poll(() => seen, PATIENT).toEqual(['connecting', 'open', 'connecting', 'open'])
  await connection.close()
  const refused = connect({ url: lab.url, realm: 'acme', timers: globalThis, auth: () => auth('slc_wrong') })
  await expect(refused.call('a.b')).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
})

test.each([
  { name: 'nothing listens', path: null },
  { name: 'the server does not take the subprotocol', path: '/ws' },
])('openWebSocket rejects when $name', async ({ path }) => {
  await using lab = await openLab({ connectionsMax: 0 })
  const url = path === null ? 'ws://127.0.0.1:1/' : lab.url
  await expect(openWebSocket(url)).rejects.toMatchObject({ name: 'WampError', uri: CLOSE.transportLost })
})

/** an integer of more than 64 bits */
const TOO_LONG = 2n ** 64n

test('a value without a JSON form is refused where it is sent, and the session lives on', async () => {
  await using lab = await openLab()
  lab.directory.keys.set('slc_full', testKey())
  const errors: unknown[] = []
  const connection = connect({
    url: lab.url,
    realm: 'acme',
    timers: globalThis,
    auth: ticketAuth('slc_full'),
    onError: (error) => errors.push(error),
  })
  await connection.register('app.bad', () => TOO_LONG)
  await connection.register('app.worse', () => {
    throw new WampError('app.error.worse', [TOO_LONG])
  })
  await expect(connection.call('app.echo', [TOO_LONG])).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  await expect(connection.call('app.bad')).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  await expect(connection.call('app.worse')).rejects.toMatchObject({ uri: 'app.error.worse', args: [] })
  const got: unknown[] = []
  await connection.subscribe('app.topic', (args) => got.push(args))
  const backend = lab.realms[0]?.session
  backend?.publish('app.topic', [TOO_LONG])
  backend?.publish('app.topic', [1])
  await expect.poll(() => got, PATIENT).toEqual([[1]])
  expect(errors).toHaveLength(1)
  await connection.close()
})
