import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startApi } from '@sluice/api'
import type { Api } from '@sluice/api'
import { addBusMetrics, parseRealmConfig, startBus, startListeners } from '@sluice/bus'
import type { Bus, BusRealmsConfig } from '@sluice/bus'
import { openConfigFile } from '@sluice/service'
import type { Logger } from '@sluice/service'
import { checkDurability, isConnectionFailure, migrate, openDatabase } from '@sluice/store'
import type { StoredFiring } from '@sluice/store'
import { startEmbedded } from '@sluice/store/embedded'
import type { Worker } from '@sluice/worker'
import { anonymousRealmOf } from './config.ts'
import type { CloudConfig } from './config.ts'
import { startOurWorker } from './worker.ts'

const WORKBENCH = fileURLToPath(new URL('../../workbench/dist', import.meta.url))
/** Four ingest lanes, deliveries, history, sessions and the request log; the embedded Postgres takes 60. */
const POOL_MAX = 20

export type Cloud = AsyncDisposable & {
  api: Api
  bus: Bus
  /** why what is committed might not survive a power cut; empty when it does */
  durabilityProblems: string[]
  /** stops taking requests and finishes those under way; disposing does the rest */
  drain(): Promise<void>
}

/**
 * The whole platform in this process, in the order in which one part needs another; disposing closes in the reverse
 * order.
 * @param say gets a sentence for what takes time at start
 * @throws {Error} one sentence when the data directory or the database cannot be used
 */
export async function startCloud(
  config: CloudConfig,
  { logger, say }: { logger: Logger; say(line: string): void },
): Promise<Cloud> {
  await using scope = new AsyncDisposableStack()
  const { realms, listeners } = readBusConfig(config)
  const url = config.DATABASE_URL ?? (await embedded(config, scope, say))
  await migrate(url).catch((error: unknown) => {
    throw explainDatabase(error, config)
  })
  const db = await openDatabase({ url, poolMax: POOL_MAX })
  scope.defer(() => db.close())
  const { problems } = await checkDurability(db.pool)

  const delivering: { worker: Worker | null } = { worker: null }
  const onFirings = (firings: readonly StoredFiring[]): void =>
    delivering.worker?.nudge(firings.map(({ decision }) => decision.trigger.endpointId))
  const onQueued = (): void => delivering.worker?.nudge()
  const anonymousRealm = anonymousRealmOf(config)
  const reservedLogins = [anonymousRealm ?? [], realms.map(({ name }) => name)].flat()
  const { directory, start } = await startApi(config, {
    db,
    logger,
    workbenchDir: WORKBENCH,
    reservedLogins,
    onFirings,
    onQueued,
  })
  const bus = scope.use(
    await startBus({ anonymousRealm, realms }, { directory, logger, onRealm: (opened) => api.attachRealm(opened) }),
  )
  const api: Api = scope.use(await start(bus))
  addBusMetrics(api.registry, bus)
  scope.use(await startListeners(listeners, bus))
  const worker = await startOurWorker(config, { db, logger, api, bus, scope })
  delivering.worker = worker

  const opened = scope.move()
  return {
    api,
    bus,
    durabilityProblems: problems,
    async drain() {
      await Promise.all([api.drain(), worker.drain()])
      await bus.drain()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The realms and listeners of the operator's own. @throws {RealmConfigError} with all problems of the file */
function readBusConfig({ SLUICE_WAMP_CONFIG: path }: CloudConfig): BusRealmsConfig {
  if (path === undefined) return { realms: [], listeners: [] }
  const { text, ...sources } = openConfigFile(path)
  return parseRealmConfig(text, sources)
}

/** A wrong address is the most likely reason why a given database cannot be used; the password is not repeated. */
function explainDatabase(error: unknown, { DATABASE_URL }: CloudConfig): unknown {
  if (DATABASE_URL === undefined || !isConnectionFailure(error)) return error
  const { hostname, port, pathname } = new URL(DATABASE_URL)
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(
    `Postgres at ${hostname}:${port || '5432'}${pathname} cannot be used (${reason}): check DATABASE_URL`,
    { cause: error },
  )
}

async function embedded(
  config: CloudConfig,
  scope: AsyncDisposableStack,
  say: (line: string) => void,
): Promise<string> {
  const postgres = await startEmbedded({ dataDir: join(config.SLUICE_DATA), log: say })
  scope.defer(() => postgres.close())
  return postgres.url
}
