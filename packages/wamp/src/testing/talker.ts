import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import type { Frame } from '../payload.ts'
import type { RawPeer } from './raw-peer.ts'

export const HELLO =
  '[1,"realm1",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{"features":{"x":true}}}}]'

export type Said = string | readonly unknown[]

const RPC_FEATURES = {
  call_canceling: true,
  call_timeout: true,
  caller_identification: true,
  payload_passthru_mode: true,
  progressive_call_results: true,
  progressive_call_invocations: true,
  sharded_registration: true,
}
const PUBSUB_FEATURES = {
  payload_passthru_mode: true,
  publisher_identification: true,
  sharded_subscription: true,
  subscriber_blackwhite_listing: true,
}
/** Roles of a client that can do everything. */
export const ALL_FEATURES = {
  publisher: { features: { ...PUBSUB_FEATURES, publisher_exclusion: true } },
  subscriber: {
    features: {
      ...PUBSUB_FEATURES,
      pattern_based_subscription: true,
      publication_trustlevels: true,
      subscription_revocation: true,
    },
  },
  caller: { features: RPC_FEATURES },
  callee: {
    features: {
      ...RPC_FEATURES,
      call_reroute: true,
      call_trustlevels: true,
      pattern_based_registration: true,
      registration_revocation: true,
      shared_registration: true,
    },
  },
}

/** A raw peer with the few phrases that every case needs. */
export class Talker {
  readonly peer: RawPeer
  /** Id of the session it joined last. */
  session = 0
  #request = 0

  constructor(peer: RawPeer) {
    this.peer = peer
  }

  /** Sends a message in the peer's format: as values, or as JSON text. */
  send(message: Said): void {
    const { serializer } = this.peer
    if (typeof message === 'string' && !serializer.isBinary) this.peer.send(message)
    else this.peer.send(serializer.encodeTail({ args: valuesOf(message), kwargs: {} }))
  }

  /** Sends what may be no message at all. */
  sendRaw(frame: Frame): void {
    this.peer.send(frame)
  }

  async next(): Promise<unknown[]> {
    return this.peer.serializer.decodeTail(await this.peer.nextFrame()).args
  }

  /** Sends a request made with a fresh id and returns the answer. */
  async ask(make: (id: number) => Said): Promise<unknown[]> {
    this.#request += 1
    this.send(make(this.#request))
    return await this.next()
  }

  /** @returns the session id */
  async join(details?: Record<string, unknown>): Promise<number> {
    this.send(details ? [TYPE.HELLO, 'realm1', { roles: ALL_FEATURES, ...details }] : HELLO)
    const [type, id] = await this.next()
    expect(type).toBe(TYPE.WELCOME)
    this.session = Number(id)
    return this.session
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

/** A list of values is encoded as Arguments are, so a message may be said as if it were some. */
function valuesOf(message: Said): unknown[] {
  return typeof message === 'string' ? (JSON.parse(message) as unknown[]) : [...message]
}

/** A joined peer for each call; HELLO as it is usual, or with other details. */
export type Join = (details?: Record<string, unknown>) => Promise<Talker>

export interface Case {
  readonly name: string
  /** It is about the characters of JSON. */
  readonly isJsonOnly?: true
  /** It is about what a frame may say, which decoding checks. */
  readonly isOnWireOnly?: true
  run(join: Join): Promise<void>
}
