import { Router, type RouterOptions } from '../router/router.ts'
import type { Serializer } from '../serializer.ts'
import { linkedPeer } from './linked-peer.ts'
import type { RawPeer } from './raw-peer.ts'
import { Talker } from './talker.ts'
import { type TextTransport, textPair } from './text-pair.ts'

/** A router with the realm `realm1` open to everybody, for tests of one process. */
export function openRouter(options: Partial<RouterOptions> = {}): { router: Router; open(): Promise<RawPeer> } {
  const router = new Router({
    authenticate: () => ({
      kind: 'accept',
      identity: { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' },
    }),
    authorize: () => true,
    timers: stoppedTimers,
    ...options,
  })
  router.openRealm('realm1')
  return {
    router,
    open: () => {
      const { peer, transport } = textPair()
      router.attach(transport)
      return Promise.resolve(peer)
    },
  }
}

export interface Joined {
  readonly talker: Talker
  readonly transport: TextTransport
  /** Session id. */
  readonly id: number
}

/** A joined peer of a router, with the router's end of its transport. */
export async function joined(router: Router, details?: Record<string, unknown>): Promise<Joined> {
  const { peer, transport } = textPair()
  router.attach(transport)
  const talker = new Talker(peer)
  return { talker, transport, id: await talker.join(details) }
}

/** Opens peers of a router in the same process. */
export function inProcess(router: Router, serializer: Serializer): () => Promise<RawPeer> {
  return () => {
    const { peer, transport } = linkedPeer(serializer)
    router.attach(transport)
    return Promise.resolve(peer)
  }
}

/** Some turns later whatever a message leads to has been led to, timers excepted. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

/** A clock that stands still. */
const stoppedTimers = { setTimeout: () => 0, clearTimeout: () => {} }
