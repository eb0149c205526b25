import { beforeEach, describe, expect, test } from 'vitest'
import { cborSerializer } from '../cbor/serializer.ts'
import { CLOSE, type ProtocolError } from '../errors.ts'
import { jsonSerializer } from '../json/serializer.ts'
import { type Message, TYPE } from '../messages.ts'
import { msgpackSerializer } from '../msgpack/serializer.ts'
import { Payload } from '../payload.ts'
import type { Transport } from '../transport.ts'
import { type WebSocketLike, openWebSocket } from './web-socket.ts'

type Listener = (event: { data: unknown; code: number; reason: string }) => void

/** A socket of which the test is the other end. */
class Socket implements WebSocketLike {
  static last: Socket
  readonly bufferedAmount = 12
  readonly url: string
  readonly offered: string[]
  readonly sent: (string | Uint8Array)[] = []
  protocol = ''
  binaryType = 'blob'
  closedWith: number | undefined
  readonly #listeners = new Map<string, Listener[]>()

  constructor(url: string, protocols: string[]) {
    this.url = url
    this.offered = protocols
    Socket.last = this
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data)
  }

  close(code = 1005): void {
    this.closedWith = code
    this.tell('close', { code })
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  tell(type: string, event: Partial<Parameters<Listener>[0]> = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data: '', code: 1006, reason: '', ...event })
  }

  accept(protocol: string): void {
    this.protocol = protocol
    this.tell('open')
  }
}

const ALL = [cborSerializer(), msgpackSerializer(), jsonSerializer()]
const EVENT: Message = [TYPE.EVENT, 1, 2, {}, Payload.of([new Uint8Array([1, 2])])]

describe('a WebSocket', () => {
  test('offers JSON, and other formats where they are given', async () => {
    void openWebSocket('ws://x/', { WebSocket: Socket })
    expect([Socket.last.url, Socket.last.offered]).toEqual(['ws://x/', ['wamp.2.json']])
    void openWebSocket('ws://x/', { WebSocket: Socket, serializers: ALL })
    expect(Socket.last.offered).toEqual(['wamp.2.cbor', 'wamp.2.msgpack', 'wamp.2.json'])
    expect(Socket.last.binaryType).toBe('arraybuffer')
  })

  test.each(ALL.map((serializer) => ({ format: serializer.subprotocol, serializer })))(
    'speaks $format when the server chooses it',
    async ({ format, serializer }) => {
      const { socket, transport, got } = await open(format)
      transport.send(EVENT)
      expect(socket.sent).toEqual([serializer.encode(EVENT)])
      const [frame] = socket.sent
      socket.tell('message', { data: typeof frame === 'string' ? frame : frame?.slice().buffer })
      expect(got.messages.map((message) => message[0])).toEqual([TYPE.EVENT])
      expect(got.messages[0]).toMatchObject({ 4: { args: [new Uint8Array([1, 2])] } })
      expect(transport.bufferedBytes).toBe(12)
    },
  )

  test.each([
    { format: 'wamp.2.json', name: 'bytes', data: new ArrayBuffer(1) },
    { format: 'wamp.2.cbor', name: 'text', data: '[1]' },
    { format: 'wamp.2.json', name: 'no message', data: '{}' },
  ])('in $format does not take $name', async ({ format, data }) => {
    const { socket, got } = await open(format)
    socket.tell('message', { data })
    expect([got.messages.length, got.violations.length]).toEqual([0, 1])
  })

  test('of which the server chose nothing that was offered is closed', async () => {
    const opening = openWebSocket('ws://x/', { WebSocket: Socket, serializers: ALL })
    Socket.last.accept('')
    await expect(opening).rejects.toMatchObject({ uri: CLOSE.transportLost, kwargs: { code: 3000 } })
    expect(Socket.last.closedWith).toBe(3000)
  })

  test('closes once, with a code that browsers let through, and tells how it was closed', async () => {
    const { socket, transport, got } = await open('wamp.2.json')
    transport.close(1002)
    transport.close(1000)
    expect([socket.closedWith, got.closes]).toEqual([3000, [3000]])
    transport.send(EVENT)
    expect(socket.sent).toEqual([])
  })
})

let got: { messages: Message[]; violations: ProtocolError[]; closes: number[] }
beforeEach(() => {
  got = { messages: [], violations: [], closes: [] }
})

async function open(format: string): Promise<{ socket: Socket; transport: Transport; got: typeof got }> {
  const opening = openWebSocket('ws://x/', { WebSocket: Socket, serializers: ALL })
  Socket.last.accept(format)
  const transport = await opening
  transport.onMessage((message) => got.messages.push(message))
  transport.onViolation((error) => got.violations.push(error))
  transport.onClose(({ code }) => got.closes.push(code))
  return { socket: Socket.last, transport, got }
}
