import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import type { RawPeer } from './raw-peer.ts'

export const HELLO =
  '[1,"realm1",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{"features":{"x":true}}}}]'

/** A raw peer with the few phrases that every case needs. */
export class Talker {
  readonly peer: RawPeer
  #request = 0

  constructor(peer: RawPeer) {
    this.peer = peer
  }

  send(text: string): void {
    this.peer.send(text)
  }

  async next(): Promise<unknown[]> {
    return JSON.parse(await this.peer.nextText()) as unknown[]
  }

  /** Sends a request made with a fresh id and returns the answer. */
  async ask(make: (id: number) => string): Promise<unknown[]> {
    this.#request += 1
    this.send(make(this.#request))
    return await this.next()
  }

  /** @returns the session id */
  async join(): Promise<number> {
    this.send(HELLO)
    const [type, id] = await this.next()
    expect(type).toBe(TYPE.WELCOME)
    return Number(id)
  }

  /** @returns the subscription id */
  async subscribe(topic: string, options = '{}'): Promise<number> {
    const [type, , id] = await this.ask((request) => `[32,${request},${options},"${topic}"]`)
    expect(type).toBe(TYPE.SUBSCRIBED)
    return Number(id)
  }

  /** @returns the registration id */
  async register(procedure: string): Promise<number> {
    const [type, , id] = await this.ask((request) => `[64,${request},{},"${procedure}"]`)
    expect(type).toBe(TYPE.REGISTERED)
    return Number(id)
  }

  /** Nothing was on the way to this peer: the next thing it gets is the answer to a call made now. */
  async expectSilence(): Promise<void> {
    const answer = await this.ask((request) => `[48,${request},{},"nobody.registers.this"]`)
    expect(answer.slice(0, 2)).toEqual([TYPE.ERROR, TYPE.CALL])
  }
}

/** A joined peer for each call. */
export type Join = () => Promise<Talker>

export interface Case {
  readonly name: string
  run(join: Join): Promise<void>
}
