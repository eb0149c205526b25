import type { Socket } from 'node:net'
import { CLOSE, type ConnectionStatus, WampError, connect, openWebSocket, ticketAuth } from '@sluice/wamp'
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
  { name: 'nothing listens', path: null },
  { name: 'the server does not take the subprotocol', path: '/ws' },
])('openWebSocket rejects when $name', async ({ path }) => {
  await using lab = await openLab({ connectionsMax: 0 })
  const url = path === null ? 'ws://127.0.0.1:1/' : lab.url
  await expect(openWebSocket(url)).rejects.toMatchObject({ name: 'WampError', uri: CLOSE.transportLost })
})

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
  await connection.register('app.bad', () => 1n)
  await connection.register('app.worse', () => {
    throw new WampError('app.error.worse', [1n])
  })
  await expect(connection.call('app.echo', [1n])).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  await expect(connection.call('app.bad')).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  await expect(connection.call('app.worse')).rejects.toMatchObject({ uri: 'app.error.worse', args: [] })
  const got: unknown[] = []
  await connection.subscribe('app.topic', (args) => got.push(args))
  const backend = lab.realms[0]?.session
  backend?.publish('app.topic', [1n])
  backend?.publish('app.topic', [1])
  await expect.poll(() => got, PATIENT).toEqual([[1]])
  expect(errors).toHaveLength(1)
  await connection.close()
})
