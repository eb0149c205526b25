import { type BusConfig, startListeners } from '../src/index.ts'
import { type Lab, openLab } from './lab.ts'

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
