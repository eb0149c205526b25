// The peer: fox-wamp as its README starts it. Whoever comes may do everything.
import { createServer } from 'node:http'
import FoxRouter from 'fox-wamp'
import { announce } from './announce.ts'

const server = createServer()
new FoxRouter().listenWAMP({ server })
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announce(server.address()))
