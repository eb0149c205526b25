import { describe, expect, test } from 'vitest'
import { CLOSE, ERROR, WampError } from '../errors.ts'
import { linkedPair } from '../linked-pair.ts'
import { Router } from '../router/router.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import type { Transport } from '../transport.ts'
import { ticketAuth } from './join.ts'
import { type ConnectOptions, type Connection, type ConnectionStatus, connect } from './connection.ts'

/** A router that can be away, a connection to it, and the clock of both. */
function lab(options: Partial<ConnectOptions> = {}) {
  const timers = new ManualTimers()
  const tickets: string[] = []
  const router = new Router({
    authenticate: ({ authmethods }) =>
      authmethods[0] === 'ticket'
        ? { kind: 'challenge', method: 'ticket', extra: {}, answer: (ticket) => check(ticket) }
        : { kind: 'accept', identity: IDENTITY },
    authorize: (_session, _action, uri) => uri !== 'not.allowed',
    timers,
  })
  const check = (ticket: string) => {
    tickets.push(ticket)
    return ticket.startsWith('good')
      ? ({ kind: 'accept', identity: IDENTITY } as const)
      : ({ kind: 'refuse', uri: ERROR.authenticationFailed } as const)
  }
  router.openRealm('realm1')
  let isAway = false
  let attempts = 0
  let current: Transport | null = null
  const attach = (): Promise<Transport> => {
    attempts += 1
    if (isAway) return Promise.reject(new WampError(CLOSE.transportLost, ['refused']))
    const [near, far] = linkedPair()
    router.attach(far)
    current = far
    return Promise.resolve(near)
  }
  const open = (): Connection =>
    connect({ url: '', realm: 'realm1', timers, random: () => 0.5, open: attach, ...options })
  return {
    timers,
    router,
    tickets,
    open,
    attempts: () => attempts,
    setAway: (away: boolean) => (isAway = away),
    cut: () => current?.close(1006, 'cut'),
  }
}

const IDENTITY = { authid: 'x', authrole: 'user', authmethod: 'test', authprovider: 'test' }

function record(connection: Connection): ConnectionStatus[] {
  const seen: ConnectionStatus[] = []
  connection.onStatus((status) => seen.push(status))
  return seen
}

describe('a connection', () => {
  test('makes subscriptions and registrations again after it was cut', async () => {
    const { open, timers, cut, router } = lab()
    const [connection, other] = [open(), open()]
    const got: unknown[] = []
    const subscription = await connection.subscribe('a.b', (args) => got.push(args))
    await connection.register('a.p', ([n]) => Number(n) + 1)
    await other.close()
    const seen = record(connection)
    // the second connection was attached last, so it is the first one's that must be found and cut
    for (const session of router.sessions()) router.kill(session)
    await expect.poll(() => seen).toEqual(['open', 'connecting'])
    expect(connection.session()).toBeNull()
    timers.advance(500)
    await expect.poll(() => seen).toEqual(['open', 'connecting', 'open'])
    expect((await connection.call('a.p', [1])).args).toEqual([2])
    await connection.session()?.publishAcknowledged('a.b', [1], {}, { exclude_me: false })
    await expect.poll(() => got).toEqual([[1]])
    cut()
    await expect.poll(() => seen.at(-1)).toBe('connecting')
    await subscription.unsubscribe()
    timers.advance(500)
    await expect.poll(() => seen.at(-1)).toBe('open')
    expect((await connection.call('a.p', [1])).args).toEqual([2])
    expect(router.metrics()).toMatchObject({ subscriptions: 0, registrations: 1 })
    await connection.close()
  })

  test('keeps trying with growing pauses and starts small again after a success that lasts', async () => {
    const { open, timers, attempts, setAway, cut } = lab()
    setAway(true)
    const connection = open()
    const seen = record(connection)
    for (const [n, pause] of [500, 500, 500, 750, 1125].entries()) {
      await expect.poll(() => timers.size).toBe(1)
      expect(attempts()).toBe(n + 1)
      timers.advance(pause - 1)
      expect(timers.size).toBe(1)
      timers.advance(1)
    }
    await expect.poll(() => timers.size).toBe(1)
    setAway(false)
    timers.advance(1687.5)
    for (const { openMs, pause } of [
      { openMs: 999, pause: 2531.25 },
      { openMs: 1000, pause: 500 },
    ]) {
      await expect.poll(() => seen.at(-1)).toBe('open')
      timers.advance(openMs)
      cut()
      await expect.poll(() => seen.at(-1)).toBe('connecting')
      const before = attempts()
      timers.advance(pause - 1)
      expect(attempts()).toBe(before)
      timers.advance(1)
      expect(attempts()).toBe(before + 1)
    }
    await expect.poll(() => seen.at(-1)).toBe('open')
    await connection.close()
    expect(timers.size).toBe(0)
  })

  test('a call waits for a session, as long as it may', async () => {
    const { open, timers, setAway } = lab()
    setAway(true)
    const connection = open()
    await expect.poll(() => timers.size).toBe(1)
    const impatient = connection.call('a.p', [], {}, { timeoutMs: 100 })
    const patient = connection.call('a.p', [1])
    timers.advance(100)
    await expect(impatient).rejects.toMatchObject({ uri: ERROR.timeout })
    setAway(false)
    const other = open()
    await other.register('a.p', ([n]) => n)
    timers.advance(400)
    expect((await patient).args).toEqual([1])
    await connection.close()
    await other.close()
  })

  test('asks for credentials anew each time', async () => {
    let n = 0
    const { open, timers, tickets, cut } = lab({
      auth: () => ticketAuth(`good${(n += 1)}`, 'session'),
    })
    const connection = open()
    const seen = record(connection)
    await expect.poll(() => seen.at(-1)).toBe('open')
    cut()
    await expect.poll(() => seen.at(-1)).toBe('connecting')
    timers.advance(500)
    await expect.poll(() => seen.at(-1)).toBe('open')
    expect(tickets).toEqual(['good1', 'good2'])
    await connection.close()
  })

  test('that is refused at its first attempt is closed, and what waits for it rejects', async () => {
    const { open, timers } = lab({ auth: ticketAuth('bad') })
    const connection = open()
    const seen = record(connection)
    const waiting = [connection.call('a.p'), connection.subscribe('a.b', () => {})]
    for (const each of waiting) await expect(each).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
    expect(seen).toEqual(['connecting', 'closed'])
    expect(timers.size).toBe(0)
    await expect(connection.call('a.p')).rejects.toMatchObject({ uri: ERROR.authenticationFailed })
  })

  test('that once was open keeps trying when refused later', async () => {
    let ticket = 'good'
    const { open, timers, cut, tickets } = lab({ auth: () => ticketAuth(ticket) })
    const connection = open()
    const seen = record(connection)
    await expect.poll(() => seen.at(-1)).toBe('open')
    ticket = 'bad'
    cut()
    await expect.poll(() => seen.at(-1)).toBe('connecting')
    timers.advance(500)
    await expect.poll(() => tickets).toEqual(['good', 'bad'])
    ticket = 'good'
    await expect.poll(() => timers.size).toBe(1)
    timers.advance(1000)
    await expect.poll(() => seen.at(-1)).toBe('open')
    await connection.close()
  })

  test('a subscription that is refused rejects and is not tried again', async () => {
    const { open, timers, cut } = lab()
    const connection = open()
    await expect(connection.subscribe('not.allowed', () => {})).rejects.toMatchObject({ uri: ERROR.notAuthorized })
    const seen = record(connection)
    cut()
    await expect.poll(() => seen.at(-1)).toBe('connecting')
    timers.advance(500)
    await expect.poll(() => seen.at(-1)).toBe('open')
    await connection.close()
  })

  test('close leaves and stops, also between attempts', async () => {
    const { open, timers, setAway, router, attempts } = lab()
    const connection = open()
    const seen = record(connection)
    await expect.poll(() => seen.at(-1)).toBe('open')
    await connection.close()
    expect(seen).toEqual(['connecting', 'open', 'closed'])
    await expect.poll(() => router.connections).toBe(0)
    setAway(true)
    const second = open()
    await expect.poll(() => timers.size).toBe(1)
    await second.close()
    timers.advance(100_000)
    expect([timers.size, attempts()]).toEqual([0, 2])
  })
})
