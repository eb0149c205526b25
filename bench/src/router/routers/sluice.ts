// The bus as Sluice runs it, with its authorizer, and nothing around it: no accounts, so only the sandbox realm opens.
import { createServer } from 'node:http'
import { type BusDirectory, startBus } from '@sluice/bus'
import { makeLogger } from '@sluice/service'
import { announce } from './announce.ts'

const directory: BusDirectory = {
  findKeyForRealm: () => Promise.resolve(null),
  redeemTicket: () => Promise.resolve(null),
  revealKeyForRealm: () => Promise.resolve(null),
  saltFor: () => new Uint8Array(16),
  isLogin: () => Promise.resolve(false),
  filterValid: () => Promise.resolve({ keys: new Map(), sessionIds: new Set() }),
  isFeedReadable: () => Promise.resolve(false),
}

const logger = makeLogger({ level: 'silent', name: 'bench' })
const bus = await startBus(
  { anonymousRealm: 'realm1', connectionsMax: 20_000 },
  { directory, logger, onRealm: () => undefined },
)
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  if (!bus.handleUpgrade(request, socket, head)) socket.destroy()
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announce(server.address()))
