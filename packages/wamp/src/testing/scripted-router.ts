import { linkedPair } from '../linked-pair.ts'
import { type Message, TYPE } from '../messages.ts'
import type { Dict } from '../payload.ts'
import { ROUTER_ROLES } from '../router/welcome.ts'
import type { Transport } from '../transport.ts'

/** The router's end of a client's transport, where a test says what the router says. */
export class ScriptedRouter {
  /** The client's end. */
  readonly near: Transport
  readonly #far: Transport
  #got: Message[] = []

  /** @param welcome details of the WELCOME that answers HELLO; all features when missing */
  constructor(welcome: Dict = { roles: ROUTER_ROLES }) {
    const [near, far] = linkedPair()
    this.near = near
    this.#far = far
    far.onMessage((message) => {
      this.#got.push(message)
      if (message[0] === TYPE.HELLO) far.send([TYPE.WELCOME, 7, welcome])
    })
  }

  send(...messages: Message[]): void {
    for (const message of messages) this.#far.send(message)
  }

  /** What has arrived since this was last asked, as plain lists: payloads are Arguments and ArgumentsKw. */
  async got(): Promise<unknown[][]> {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    const messages = this.#got
    this.#got = []
    return messages.map(plain)
  }

  cut(): void {
    this.#far.close(1006, 'cut')
  }
}

function plain(message: Message): unknown[] {
  const last = message.at(-1)
  if (typeof last !== 'object' || !('args' in last) || !('kwargs' in last) || !('isEmpty' in last)) return [...message]
  const { args, kwargs } = last as { args: unknown[]; kwargs: Dict }
  const tail = Object.keys(kwargs).length > 0 ? [args, kwargs] : args.length > 0 ? [args] : []
  return [...message.slice(0, -1), ...tail]
}
