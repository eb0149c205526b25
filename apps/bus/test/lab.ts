import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeyPrincipal } from '@sluice/model'
import { makeLogger } from '@sluice/service'
import { jsonSerializer } from '@sluice/wamp'
import { Inbox, type RawPeer } from '@sluice/wamp/testing'
import { WebSocket } from 'ws'
import { type Bus, type BusConfig, type BusDirectory, type OpenedRealm, startBus } from '../src/index.ts'

/** For expect.poll: sockets and processes on a busy machine may take a while. */
export const PATIENT = { timeout: 20_000 }

/** A directory of one account, `acme`. Keys are by their text; feed 1977 may be read by all of them. */
export class TestDirectory implements BusDirectory {
  readonly keys = new Map<string, KeyPrincipal>()
  /** texts from before a roll that still work */
  readonly former = new Map<string, KeyPrincipal>()
  /** ids of keys and addresses of peers */
  readonly uses: [number, string | null][] = []
  readonly tickets = new Set<string>()
  /** the one browser session there is; null once it signed out */
  signedIn: string | null = 's'

  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null> {
    return Promise.resolve(realm === 'acme' ? (this.keys.get(apiKey) ?? this.former.get(apiKey) ?? null) : null)
  }

  revealKeyForRealm(realm: string, keyId: number): ReturnType<BusDirectory['revealKeyForRealm']> {
    const [found, former] = [this.keys, this.former].map((keys) => {
      const [apiKey, principal] = [...keys].find(([, { keyId: id }]) => id === keyId) ?? []
      return apiKey !== undefined && principal ? { apiKey, principal } : undefined
    })
    return Promise.resolve(realm === 'acme' && found ? { ...found, ...(former && { previous: former }) } : null)
  }

  noteKeyUse({ keyId }: KeyPrincipal, address: string | null): void {
    this.uses.push([keyId, address])
  }

  saltFor(name: string): Uint8Array {
    return createHash('sha256').update(name).digest().subarray(0, 16)
  }

  isLogin(name: string): Promise<boolean> {
    return Promise.resolve(name === 'acme')
  }

  redeemTicket(realm: string, ticket: string): ReturnType<BusDirectory['redeemTicket']> {
    const isValid = realm === 'acme' && this.tickets.delete(ticket)
    return Promise.resolve(isValid ? { kind: 'owner', accountId: 1, login: 'acme', sessionId: 's' } : null)
  }

  filterValid({ sessionIds }: { sessionIds: string[] }): ReturnType<BusDirectory['filterValid']> {
    const overlap = this.former.size > 0 ? { overlapUntil: '2999-01-01T00:00:00Z' } : {}
    const keys = new Map([...this.keys.values()].map((key) => [key.keyId, { ...key, ...overlap }]))
    return Promise.resolve({ keys, sessionIds: new Set(sessionIds.filter((id) => id === this.signedIn)) })
  }

  isFeedReadable(_principal: KeyPrincipal, feedId: number): Promise<boolean> {
    return Promise.resolve(feedId === 1977)
  }
}

/** A key of the account `acme`; by default with all methods on everything. */
export function testKey(change: Partial<KeyPrincipal> = {}): KeyPrincipal {
  const permissions: KeyPrincipal['permissions'] = [{ accessMethods: ['get', 'put', 'post', 'delete'] }]
  const who = { kind: 'key', accountId: 1, login: 'acme', keyId: 7 } as const
  return { ...who, permissions, privateAccess: true, expiresAt: null, ...change }
}

export interface Lab extends AsyncDisposable {
  readonly bus: Bus
  readonly server: Server
  readonly url: string
  readonly directory: TestDirectory
  /** Account realms opened so far, with their backend sessions. */
  readonly realms: OpenedRealm[]
}

/** The bus on a real port. Upgrades that it does not take are answered 426. */
export async function openLab(
  config: Partial<BusConfig> = {},
  onRealm?: (opened: OpenedRealm) => Promise<void>,
): Promise<Lab> {
  const directory = new TestDirectory()
  const realms: OpenedRealm[] = []
  const bus = await startBus(
    { anonymousRealm: 'realm1', ...config },
    {
      directory,
      logger: makeLogger({ level: 'silent', name: 'test' }),
      async onRealm(opened) {
        await onRealm?.(opened)
        realms.push(opened)
      },
    },
  )
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    if (!bus.handleUpgrade(request, socket, head)) socket.end('HTTP/1.1 426 Upgrade Required\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    bus,
    server,
    url: `ws://127.0.0.1:${port}/ws`,
    directory,
    realms,
    async [Symbol.asyncDispose]() {
      await bus.drain()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A WebSocket that speaks raw frames. */
export async function openRaw(
  url: string,
  protocols: string[] = ['wamp.2.json'],
): Promise<RawPeer & { ws: WebSocket; nextText(): Promise<string> }> {
  const ws = new WebSocket(url, protocols)
  const inbox = new Inbox<string>()
  ws.on('message', (data: Buffer) => inbox.push(data.toString()))
  const closed = new Promise<{ code: number }>((resolve) => ws.on('close', (code) => resolve({ code })))
  await once(ws, 'open')
  return {
    ws,
    serializer: jsonSerializer(),
    send: (frame) => ws.send(frame),
    nextFrame: () => inbox.next(),
    nextText: () => inbox.next(),
    closed,
    close: () => ws.terminate(),
  }
}
