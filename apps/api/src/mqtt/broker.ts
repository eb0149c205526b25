import type { EventEmitter } from 'node:events'
import { Aedes } from 'aedes'
import type { AedesOptions, Client } from 'aedes'
import { CLIENT_ID_CHARS_MAX } from './sessions.ts'
import type { SessionStore } from './session-store.ts'

/** The only quality of service at which we send (API v2, MQTT). */
const GRANTED = 0

export type BrokerOptions = Required<
  Pick<AedesOptions, 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'connectTimeout' | 'drainTimeout'>
>

/** Would pass a publish on to subscribers. */
const SILENT_EMITTER = {
  on: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  removeListener: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  emit: (_packet: unknown, done?: () => void): void => done?.(),
  close: (done?: () => void): void => done?.(),
}

/**
 * Aedes as what it does of MQTT 3.1.1 between one client and us: framing, handshakes, keep-alive, QoS 2, take-over. It
 * has nothing that would carry a publish from client to client, and no memory of its own.
 */
export function openBroker(options: BrokerOptions, store: SessionStore): Promise<Aedes> {
  return Aedes.createBroker({
    ...options,
    mq: SILENT_EMITTER,
    persistence: store.persistence,
    maxClientsIdLength: CLIENT_ID_CHARS_MAX,
    // ours counts before a publish is stored; this one would refuse it afterwards
    maxInflightInbound: 0,
    preConnect(_client, packet, done) {
      // who has no account has no session that could be kept for it
      if (!packet.username) packet.clean = true
      done(null, true)
    },
  })
}

type Parsed = { cmd: string; subscriptions?: { qos: number }[] }
type Undeclared = { _parser: EventEmitter }

/** Aedes grants what is asked for: so nothing but what we have is asked for, before it looks. */
export function limitQos(client: Client): void {
  const { _parser: parser } = client as unknown as Undeclared
  parser.prependListener('packet', ({ cmd, subscriptions }: Parsed) => {
    if (cmd === 'subscribe') for (const subscription of subscriptions ?? []) subscription.qos = GRANTED
  })
}
