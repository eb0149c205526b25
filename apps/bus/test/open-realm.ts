import type { RealmOptions } from '@sluice/wamp'
import type { RealmDefinition } from '../src/index.ts'

/** Everybody is who they say, in the role that they ask for with `authextra.role`, and may do everything. */
export function openRealm(name: string, options: Partial<RealmOptions> = {}): RealmDefinition {
  return {
    name,
    options,
    authenticate: ({ authid, authextra, session }) => ({
      kind: 'accept',
      identity: {
        authid: authid ?? `guest-${session}`,
        authrole: typeof authextra['role'] === 'string' ? authextra['role'] : 'guest',
        authmethod: 'anonymous',
        authprovider: 'test',
      },
    }),
    authorize: () => ({ allow: true, disclose: 'choose' }),
  }
}
