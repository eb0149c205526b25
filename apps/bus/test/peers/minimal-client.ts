import { once } from 'node:events'
import { WebSocket } from 'ws'

export type WireMessage = readonly unknown[]
const REQUEST_AT: Readonly<Record<number, number>> = { 8: 2, 17: 1, 33: 1, 35: 1, 50: 1, 65: 1, 67: 1 }

interface MinimalOptions {
  readonly realm?: string
  readonly role?: 'caller' | 'callee' | 'publisher' | 'subscriber'
  /** First request id, and how far it is from one to the next. */
  readonly first?: number
  readonly step?: number
}

/**
 * What one writes on a microcontroller in an afternoon: JSON over WebSocket, one role without features, no agent, request
 * ids that are merely different.
 */
export class MinimalClient {
  readonly ws: WebSocket
  session = 0
  /** Everything that answers no request. */
  onMessage = (_message: WireMessage): void => {}
  readonly #step: number
  #next: number
  readonly #waiting = new Map<number, (message: WireMessage) => void>()

  private constructor(ws: WebSocket, { first = 1, step = 1 }: MinimalOptions) {
    this.ws = ws
    this.#next = first
    this.#step = step
    ws.on('error', () => {})
  }

  static async join(url: string, options: MinimalOptions = {}): Promise<MinimalClient> {
    const { realm = 'realm1', role = 'subscriber' } = options
    const ws = new WebSocket(url, ['wamp.2.json'])
    const client = new MinimalClient(ws, options)
    await once(ws, 'open')
    ws.send(JSON.stringify([1, realm, { roles: { [role]: {} } }]))
    const [welcome] = (await once(ws, 'message')) as [Buffer]
    const [type, session] = JSON.parse(welcome.toString()) as [number, number]
    if (type !== 2) throw new Error(welcome.toString())
    client.session = session
    ws.on('message', (data: Buffer) => client.#take(JSON.parse(data.toString()) as WireMessage))
    return client
  }

  send(...message: WireMessage): void {
    this.ws.send(JSON.stringify(message))
  }

  /** Sends a request of this type; its id is put in. @returns the answer, an ERROR as well */
  async ask(type: number, ...rest: WireMessage): Promise<WireMessage> {
    const request = this.#next
    this.#next += this.#step
    const answer = new Promise<WireMessage>((resolve) => this.#waiting.set(request, resolve))
    this.send(type, request, ...rest)
    return await answer
  }

  async leave(): Promise<void> {
    const closed = once(this.ws, 'close')
    this.send(6, {}, 'wamp.close.normal')
    this.ws.close()
    await closed
  }

  #take(message: WireMessage): void {
    const at = REQUEST_AT[Number(message[0])]
    const request = at === undefined ? undefined : Number(message[at])
    const settle = request === undefined ? undefined : this.#waiting.get(request)
    if (request === undefined || !settle) return this.onMessage(message)
    this.#waiting.delete(request)
    settle(message)
  }
}
