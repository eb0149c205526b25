import { Router, type RouterOptions } from '../router/router.ts'
import type { RawPeer } from './raw-peer.ts'
import { textPair } from './text-pair.ts'

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

/** A clock that stands still. */
const stoppedTimers = { setTimeout: () => 0, clearTimeout: () => {} }
