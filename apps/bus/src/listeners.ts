import { rm } from 'node:fs/promises'
import { type Server as HttpServer, createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type Server as NetServer, type Socket, connect, createServer as createNetServer } from 'node:net'
import { type TlsOptions, createServer as createTlsServer } from 'node:tls'
import type { BusEntrance } from './bus.ts'
import type { ListenerConfig } from './listener-config.ts'

/** From the connection to what it has to say first: TLS, an HTTP head, the octets of a RawSocket. */
const HANDSHAKE_MS = 10_000
const REQUEST_MS = 30_000
/** How often Node looks for HTTP connections that are late. */
const CHECK_MS = 1000
const HEAD_BYTES_MAX = 16_384
/** First octet of a RawSocket connection; no HTTP request begins with it. */
const RAW_SOCKET = 0x7f

export interface Listeners extends AsyncDisposable {
  /** Where each listens, in the order of the configuration; a port that was 0 is the one that was given. */
  readonly addresses: readonly ({ port: number } | { path: string })[]
}

/**
 * Listens besides the universal port. Disposing stops listening and ends what has not become a transport: drain the
 * bus first.
 * @throws {Error} a port or path that cannot be had, a key or certificate that cannot be read; nothing listens then
 */
export async function startListeners(
  configs: readonly ListenerConfig[],
  bus: BusEntrance,
  { handshakeMs = HANDSHAKE_MS } = {},
): Promise<Listeners> {
  await using scope = new AsyncDisposableStack()
  const addresses: ({ port: number } | { path: string })[] = []
  for (const config of configs) {
    const server = makeServer(config, bus, handshakeMs)
    const open = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    })
    // of a handshake that fails or is late Node only tells
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
    await listen(server, config)
    scope.defer(async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    })
    const address = server.address()
    if (typeof address === 'string') addresses.push({ path: address })
    else if (address !== null) addresses.push({ port: address.port })
  }
  const opened = scope.move()
  return { addresses, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

function makeServer(config: ListenerConfig, bus: BusEntrance, handshakeMs: number): NetServer {
  const tls = config.tls === undefined ? null : tlsOptions(config.tls, handshakeMs)
  if (config.type === 'rawsocket') {
    const accept = (socket: Socket): void => awaitFirst(socket, handshakeMs, (first) => takeRaw(bus, socket, first))
    const options = { noDelay: true, keepAlive: true }
    return tls ? createTlsServer({ ...options, ...tls }, accept) : createNetServer(options, accept)
  }
  const server = makeHttpServer(tls, bus, handshakeMs)
  if (config.type === 'universal') lookFirst(server, tls ? 'secureConnection' : 'connection', { bus, handshakeMs })
  return server
}

function tlsOptions({ key, cert, ca, requestClientCert }: ListenerConfig['tls'] & object, ms: number): TlsOptions {
  return {
    key,
    cert,
    ...(ca !== undefined && { ca }),
    requestCert: requestClientCert,
    // whether a certificate counts is for the authenticator to say: clients without one may have other means
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: ms,
  }
}

function makeHttpServer(tls: TlsOptions | null, bus: BusEntrance, handshakeMs: number): HttpServer {
  const options = {
    headersTimeout: handshakeMs,
    requestTimeout: Math.max(REQUEST_MS, handshakeMs),
    connectionsCheckingInterval: Math.min(CHECK_MS, handshakeMs),
    maxHeaderSize: HEAD_BYTES_MAX,
    noDelay: true,
  }
  const server = tls ? createHttpsServer({ ...options, ...tls }) : createHttpServer(options)
  server.on('request', (request, response) => {
    if (!bus.handleRequest(request, response)) response.writeHead(404, { connection: 'close' }).end()
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', ignore)
    if (!bus.handleUpgrade(request, socket, head))
      socket.end(
        'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      )
  })
  return server
}

/** Lets the HTTP server have a connection only once it is known not to be a RawSocket. */
function lookFirst(
  server: HttpServer,
  event: 'connection' | 'secureConnection',
  { bus, handshakeMs }: { bus: BusEntrance; handshakeMs: number },
): void {
  const listeners = server.listeners(event)
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    awaitFirst(socket, handshakeMs, (first) => {
      if (first[0] === RAW_SOCKET) return takeRaw(bus, socket, first)
      socket.unshift(first)
      for (const listener of listeners) listener.call(server, socket)
    })
  })
}

function takeRaw(bus: BusEntrance, socket: Socket, first: Buffer): void {
  if (first[0] === RAW_SOCKET) bus.handleRawSocket(socket, first)
  else socket.destroy()
}

/** Waits for the first bytes of a connection, but not for long. */
function awaitFirst(socket: Socket, ms: number, take: (first: Buffer) => void): void {
  const leave = (): void => {
    clearTimeout(deadline)
    socket.off('readable', onReadable).off('end', onEnd).off('close', leave)
  }
  const onEnd = (): void => {
    leave()
    socket.destroy()
  }
  const onReadable = (): void => {
    const first: Buffer | null = socket.read()
    if (first === null) return
    leave()
    take(first)
  }
  const deadline = setTimeout(onEnd, ms)
  socket.on('readable', onReadable).on('end', onEnd).on('close', leave).on('error', ignore)
}

async function listen(server: NetServer, config: ListenerConfig): Promise<void> {
  const { path } = config
  if (path !== undefined && (await isStale(path))) await rm(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path === undefined ? { host: config.host, port: config.port } : { path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A socket that nobody listens on was left behind by a process that was killed. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

/** A reset connection reports an error, and one that nobody listens for would end the process. */
function ignore(): void {}
