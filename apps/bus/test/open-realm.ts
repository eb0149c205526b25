import type { RealmOptions } from '@sluice/wamp'
import { type BusConfig, type RealmDefinition, startListeners } from '../src/index.ts'
import { type Lab, openLab } from './lab.ts'

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

/** A bus with a universal port: WebSocket, RawSocket and long polls on the same one. */
export interface UniversalLab extends Lab {
  readonly port: number
}

export async function openUniversalLab(config: Partial<BusConfig> = {}): Promise<UniversalLab> {
  const lab = await openLab({ pollMs: 1000, ...config })
  const listeners = await startListeners([{ type: 'universal', host: '127.0.0.1', port: 0 }], lab.bus)
  const { port } = listeners.addresses[0] as { port: number }
  return {
    ...lab,
    port,
    url: `ws://127.0.0.1:${port}/ws`,
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]()
      await listeners[Symbol.asyncDispose]()
    },
  }
}
