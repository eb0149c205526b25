// The limit of a router on Node.js and ws: what no router gets around. Messages are parsed and passed on; every frame
// is made once, however many it goes to, and a socket's frames of one turn leave in one system call. There are no
// realms, no rights, no checks of URIs or options, no limits, and nothing is ever cleaned up.
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { announce } from './announce.ts'

type Message = [type: number, ...unknown[]]

const subscribers = new Map<unknown, Set<Socket>>()
const callees = new Map<unknown, Socket>()
const calls = new Map<unknown, { caller: Socket; request: unknown }>()
let corked: Socket[] = []
let lastId = 0

function frame(message: Message): Buffer {
  const text = JSON.stringify(message)
  const length = Buffer.byteLength(text)
  const start = length < 126 ? 2 : 4
  const bytes = Buffer.allocUnsafe(start + length)
  bytes[0] = 0x81
  bytes[1] = start === 2 ? length : 126
  if (start === 4) bytes.writeUInt16BE(length, 2)
  bytes.write(text, start)
  return bytes
}

function write(socket: Socket, bytes: Buffer): void {
  if (socket.writableCorked === 0) {
    if (corked.length === 0) process.nextTick(uncork)
    socket.cork()
    corked.push(socket)
  }
  socket.write(bytes)
}

function uncork(): void {
  const sockets = corked
  corked = []
  for (const socket of sockets) socket.uncork()
}

function pass(from: Socket, [type, request, options, uri, args]: Message): void {
  if (type === 48) {
    lastId += 1
    calls.set(lastId, { caller: from, request })
    const callee = callees.get(uri)
    if (callee) write(callee, frame([68, lastId, 1, {}, args]))
  } else if (type === 70) {
    const call = calls.get(request)
    calls.delete(request)
    if (call) write(call.caller, frame([50, call.request, {}, uri]))
  } else if (type === 16) {
    lastId += 1
    const event = frame([36, 1, lastId, {}, args])
    for (const socket of subscribers.get(uri) ?? []) write(socket, event)
    if ((options as { acknowledge?: boolean }).acknowledge) write(from, frame([17, request, lastId]))
  } else if (type === 32) {
    const topic = subscribers.get(uri) ?? new Set()
    subscribers.set(uri, topic.add(from))
    write(from, frame([33, request, 1]))
  } else if (type === 64) {
    callees.set(uri, from)
    write(from, frame([65, request, 1]))
  } else if (type === 1) {
    lastId += 1
    write(from, frame([2, lastId, { roles: { broker: {}, dealer: {} } }]))
  }
}

const server = createServer()
const sockets = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false })
sockets.on('connection', (ws, { socket }) => {
  ws.on('message', (data: Buffer) => pass(socket, JSON.parse(data.toString()) as Message))
  ws.on('close', () => {
    for (const topic of subscribers.values()) topic.delete(socket)
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announce(server.address()))
