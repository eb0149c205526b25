// A bus in a process of its own, with the realm com.example open to all. Says its port, and its state when asked.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { makeLogger } from '@sluice/service'
import { startBus, startListeners } from '../../src/index.ts'
import { openRealm } from '../open-realm.ts'

const nobody = { keys: new Map<number, never>(), sessionIds: new Set<string>() }
const bus = await startBus(
  { anonymousRealm: null, realms: [openRealm('com.example')] },
  {
    directory: {
      findKeyForRealm: () => Promise.resolve(null),
      revealKeyForRealm: () => Promise.resolve(null),
      saltFor: () => new Uint8Array(16),
      isLogin: () => Promise.resolve(false),
      redeemTicket: () => Promise.resolve(null),
      filterValid: () => Promise.resolve(nobody),
      isFeedReadable: () => Promise.resolve(false),
    },
    logger: makeLogger({ level: 'silent', name: 'test' }),
    onRealm() {},
  },
)
const { addresses } = await startListeners([{ type: 'universal', host: '127.0.0.1', port: 0 }], bus)
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
process.on('message', () => {
  // what is in use: resident pages say as much of V8's young generation, which grows from 16 to 64 MiB on a busy machine
  collect()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.({ inUse: heapUsed + external, metrics: bus.metrics() })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port: (addresses[0] as { port: number }).port })
