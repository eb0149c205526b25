import type { Router, RouterOptions } from '../router/router.ts'
import { openRouter } from './open-router.ts'
import { ALL_FEATURES, Talker } from './talker.ts'

/**
 * A router in memory whose sessions are whoever they say they are.
 * @returns `enter` joins `realm1` under an authid and authrole, by default with all features announced
 */
export function openNamed(options: Partial<RouterOptions> = {}): {
  router: Router
  enter(authid: string, authrole?: string, roles?: unknown): Promise<Talker>
} {
  const { router, open } = openRouter({
    authenticate: ({ authid, authextra }) => ({
      kind: 'accept',
      identity: {
        authid: authid ?? 'anyone',
        authrole: String(authextra['role']),
        authmethod: 'anonymous',
        authprovider: 'test',
      },
    }),
    ...options,
  })
  return {
    router,
    async enter(authid, authrole = 'user', roles = ALL_FEATURES) {
      const talker = new Talker(await open())
      await talker.join({ authid, authextra: { role: authrole }, roles })
      return talker
    },
  }
}
