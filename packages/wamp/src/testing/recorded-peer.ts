import type { Message } from '../messages.ts'
import { parseFeatures } from '../router/features.ts'
import { ROUTER_LIMITS } from '../router/limits.ts'
import { REALM_OPTIONS } from '../router/options.ts'
import { RouterSession } from '../router/session.ts'
import { Usage } from '../router/usage.ts'
import { without } from './rpc-phrases.ts'

/** A session without a client: what is sent to it is handed to a listener at once. */
export interface RecordedPeer {
  readonly session: RouterSession
  bufferedBytes: number
}

const IDENTITY = { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' }
const TERMS = {
  limits: ROUTER_LIMITS,
  options: REALM_OPTIONS,
  listener: { overflowed() {}, dropping() {}, dropped() {} },
}
let sessions = 0

/** @param lacks features that it does not announce */
export function recordedPeer(
  realm: Usage,
  lacks: readonly string[],
  listener: (peer: RecordedPeer, message: Message) => void,
): RecordedPeer {
  const transport = {
    bufferedBytes: 0,
    send: (message: Message) => listener(peer, message),
    onMessage() {},
    onViolation() {},
    onClose() {},
    close() {},
  }
  const session = new RouterSession(TERMS, {
    id: (sessions += 1),
    realm: 'realm1',
    identity: IDENTITY,
    transport,
    transportDetails: {},
    features: parseFeatures(without(...lacks)) ?? {},
    usage: new Usage('session', {}, realm),
  })
  const peer: RecordedPeer = {
    session,
    get bufferedBytes() {
      return transport.bufferedBytes
    },
    set bufferedBytes(bytes) {
      transport.bufferedBytes = bytes
    },
  }
  return peer
}
