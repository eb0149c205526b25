import { egressRulesOf, fileSecret, refusalOfUrl } from '@sluice/service'
import type { Logger } from '@sluice/service'
import { checkDurability, findKey, findPrincipalByHash, insertRequests, trimRequests } from '@sluice/store'
import type { Database, StoredFiring, TriggerCache } from '@sluice/store'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { allRoutes, gatewayRoutes } from './all-routes.ts'
import { buildApp } from './app.ts'
import { makeAuth } from './auth.ts'
import type { Auth } from './auth.ts'
import { isLoopback, TIMEOUTS } from './config.ts'
import type { ApiConfig, Timeouts } from './config.ts'
import { makeDecide } from './decide.ts'
import { makeDispatch } from './dispatch.ts'
import type { Dispatch, DispatchParts } from './dispatch.ts'
import { makeAnnounce } from './events.ts'
import type { Listeners, OpenRealm } from './events.ts'
import { makeFeedCache } from './feed-cache.ts'
import { makeEndpointSecrets } from './endpoint-secrets.ts'
import { addHealth } from './health.ts'
import { makeIdempotency, plainOnce } from './idempotency.ts'
import { makeIngest } from './ingest.ts'
import type { Ingest } from './ingest.ts'
import { addApiDocument } from './openapi/route.ts'
import { addGauges, countOutcomes, makeMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { makeLiveFeeds } from './live-feeds.ts'
import type { LiveFeeds } from './live-feeds.ts'
import type { Mqtt } from './mqtt/gateway.ts'
import { makePasswordHasher } from './passwords.ts'
import type { PasswordHasher } from './passwords.ts'
import type { PerformParts } from './perform.ts'
import { makeRateLimiter } from './rate-limit.ts'
import { makeRequestLog } from './request-log.ts'
import type { RequestLog } from './request-log.ts'
import type { RouteParts, TriggerParts } from './route-parts.ts'
import type { Route } from './route.ts'
import { derive, makeKeyVault, SECRET_FILE } from './secrets.ts'
import { makeSessionCookie } from './session-cookie.ts'
import { makeAccountService } from './sessions.ts'
import { makeSignInGuard } from './sign-in-guard.ts'
import type { SocketSettings } from './sockets/sockets.ts'
import { subscriptionRoutes } from './sockets/subscription-routes.ts'
import { openPages } from './static.ts'
import { makeTriggerNews, newsOf } from './trigger-news.ts'
import type { TellNews } from './trigger-news.ts'

/** An account may have several busy keys. */
const ACCOUNT_SHARE = 10
/** The sandbox realm has this name as soon as somebody opens it. */
const RESERVED_LOGINS = ['realm1']

export type ApiParts = {
  db: Database
  logger: Logger
  /** directory of the built workbench */
  workbenchDir?: string
  timeouts?: Timeouts
  /** names of realms of the bus that are no accounts' */
  reservedLogins?: readonly string[]
  /** of connections that carry JSON messages; tests shorten and lower them */
  sockets?: Pick<SocketSettings, 'times' | 'limits'>
  /** told after COMMIT that triggers fired; their deliveries wait in the outbox */
  onFirings?(firings: readonly StoredFiring[]): void
  /** told after COMMIT that a person put deliveries into the outbox, or let them go on */
  onQueued?(): void
}

/** What changes while the api runs. */
export type ApiState = { publicUrl: string; isStarted: boolean; isDraining: boolean; mqtt: Mqtt | null }

export type Assembled = RouteParts & {
  /** the same ingest, counted for calls on the bus */
  wampIngest: Ingest
  /** and for triggers that write datapoints */
  triggerIngest: Ingest
  registry: Registry
  limiters: PerformParts['limiters']
  app: FastifyInstance
  routes: readonly Route[]
  auth: Auth
  log: RequestLog
  hasher: PasswordHasher
  state: ApiState
  news: TellNews
  /** what sockets and MQTT do with a request; `subscribable` is what a socket can subscribe to, and is not logged */
  dispatch: { socket: Dispatch; mqtt: Dispatch; subscribable: Dispatch }
  /** what feeds are after each write, for who follows them */
  live: LiveFeeds
  attach(open: OpenRealm): void
}

/** Puts the api together; nothing listens yet. @throws {Error} one sentence about a secret file that cannot be used */
export async function assemble(config: ApiConfig, parts: ApiParts): Promise<Assembled> {
  const { db, logger } = parts
  const secret = await fileSecret(config.SLUICE_DATA, SECRET_FILE)
  const keys = makeKeyVault(secret)
  const metrics = makeMetrics()
  const announce = makeAnnounce()
  const feeds = makeFeedCache({ db })
  const state: ApiState = { publicUrl: publicUrlOf(config), isStarted: false, isDraining: false, mqtt: null }
  const onLost = (error: unknown): void => logger.warn({ err: error }, 'news of triggers lost')
  const news = makeTriggerNews({ db, announce, onLost })
  const ingest = makeOurIngest(parts, { metrics, state, news })
  const hasher = makePasswordHasher()
  const log = makeOurLog(parts, { feeds, announce })
  const limiters = limitersOf(config)
  const routeParts: RouteParts = { db, ingest: countOutcomes(ingest, metrics, 'http'), feeds, keys, announce }

  const sessionSecret = derive(secret, 'session cookie').toString('base64url')
  const cookie = makeSessionCookie(state.publicUrl, sessionSecret)
  const origin = (): string => new URL(state.publicUrl).origin
  const accounts = makeAccountService({ db, hasher, cookie, secret: sessionSecret, origin })
  const guard = makeSignInGuard({ accounts, onLogin: metrics.login })
  const auth = makeAuth({
    findPrincipal: (key) => findPrincipalByHash(db.pool, keys.hash(key)),
    findSession: accounts.findSession,
    origin,
  })
  const triggerParts = triggerPartsOf(config, parts, { routeParts, secret })
  const routes = allRoutes({
    ...triggerParts,
    flushLog: log.flush,
    auth,
    accounts,
    guard,
    hasher,
    reservedLogins: [...RESERVED_LOGINS, ...(parts.reservedLogins ?? [])],
    forgetKeys: auth.forgetAccount,
    cookie,
    wampUrl: () => wampUrlOf(state.publicUrl),
    mqttUrl: () => state.mqtt?.url ?? null,
    onLogin: metrics.login,
  })
  const pages = await openPages(parts.workbenchDir)
  const idempotency = makeIdempotency({ db, sealing: derive(secret, 'kept answers') })
  const once = plainOnce(db)
  const serving = { ...triggerParts, auth, log, metrics, logger, limiters, state, idempotency, once }
  const app = buildApp({ ...serving, routes, timeouts: parts.timeouts ?? TIMEOUTS, servePage: pages.serve })
  observe(app, parts, { metrics, state, ingest })
  addApiDocument(app, routes, { state, cookieName: cookie.name })
  return {
    ...routeParts,
    wampIngest: countOutcomes(ingest, metrics, 'wamp'),
    triggerIngest: countOutcomes(ingest, metrics, 'trigger'),
    registry: metrics.registry,
    limiters,
    app,
    routes,
    auth,
    log,
    hasher,
    state,
    news,
    ...gatewaysOf(serving, { ingest, listen: announce.listen }),
    attach: announce.attach,
  }
}

/** What sockets and MQTT work with: the routes of API v2, with their datapoints counted for each, and followed feeds. */
function gatewaysOf(
  parts: TriggerParts & Omit<DispatchParts, 'routes'> & { metrics: Metrics },
  { ingest, listen }: { ingest: Ingest; listen: Listeners['listen'] },
): Pick<Assembled, 'dispatch' | 'live'> {
  const { db, logger, metrics } = parts
  const routesOf = (protocol: 'socket' | 'mqtt'): Route[] =>
    gatewayRoutes({ ...parts, ingest: countOutcomes(ingest, metrics, protocol) })
  // what needs no key is an activation: a subscription could not tell its answer
  const mqttRoutes = routesOf('mqtt').filter(({ who }) => who !== 'anybody')
  const onLost = (error: unknown): void => logger.warn({ err: error }, 'a followed feed could not be read')
  return {
    dispatch: {
      socket: makeDispatch({ ...parts, routes: routesOf('socket') }),
      mqtt: makeDispatch({ ...parts, routes: mqttRoutes }),
      subscribable: makeDispatch({ ...parts, routes: subscriptionRoutes(parts), log: { record: () => undefined } }),
    },
    live: makeLiveFeeds({ db, listen, onLost }),
  }
}

/** Health, and what the metrics read when somebody asks. */
function observe(
  app: FastifyInstance,
  { db }: ApiParts,
  { metrics, state, ingest }: { metrics: Metrics; state: ApiState; ingest: Ingest },
): void {
  const { registry } = metrics
  addHealth(app, { registry, requests: metrics.requests, state, ingest, checkDatabase: () => checkDatabase(db) })
  addGauges(registry, {
    ingest,
    pool: db.pool,
    isDurable: async () => (await checkDurability(db.pool)).durable,
    mqttConnections: () => state.mqtt?.connections() ?? 0,
  })
}

function makeOurIngest(
  { db, onFirings }: ApiParts,
  { metrics, state, news }: { metrics: Metrics; state: ApiState; news: TellNews },
): Ingest {
  const cache: TriggerCache = new Map()
  return makeIngest({
    db,
    decide: makeDecide({ publicUrl: () => state.publicUrl }, cache),
    cache,
    onCommit: metrics.commit,
    onUnknownOutcome: metrics.unknownOutcome,
    onFirings(firings) {
      onFirings?.(firings)
      news('fired', newsOf(firings))
    },
  })
}

function makeOurLog({ db, logger }: ApiParts, { feeds, announce }: Pick<RouteParts, 'feeds' | 'announce'>): RequestLog {
  return makeRequestLog({
    store: {
      insert: async (accountId, entries) => void (await insertRequests(db.pool, accountId, entries)),
      trim: async (accountId, keep) => void (await trimRequests(db.pool, accountId, keep)),
      findKeyLabel: async (accountId, id) => (await findKey(db.pool, accountId, { id }))?.label ?? null,
    },
    feeds,
    announce,
    onLost: (count, error) => logger.warn({ err: error, count }, 'entries of the request log lost'),
  })
}

function triggerPartsOf(
  config: ApiConfig,
  { onQueued }: ApiParts,
  { routeParts, secret }: { routeParts: RouteParts; secret: Buffer },
): TriggerParts {
  const rules = egressRulesOf(config, isLoopback(config.HOST))
  return {
    ...routeParts,
    endpointSecrets: makeEndpointSecrets(secret),
    refusalOfUrl: (url) => refusalOfUrl(url, rules),
    onQueued: () => onQueued?.(),
  }
}

async function checkDatabase(db: Database): Promise<{ isWritable: boolean; problems: string[] }> {
  const { problems } = await checkDurability(db.pool)
  return { isWritable: !problems.some((problem) => problem.includes('recovery')), problems }
}

function limitersOf(config: ApiConfig): PerformParts['limiters'] {
  const perMinute = config.SLUICE_RATE_PER_MINUTE
  if (perMinute === 0) return null
  const rate = (share: number): { burst: number; perSecond: number } => ({
    burst: perMinute * share,
    perSecond: (perMinute * share) / 60,
  })
  return { key: makeRateLimiter(rate(1)), account: makeRateLimiter(rate(ACCOUNT_SHARE)) }
}

/** Until a free port was picked, its number is missing; nothing reads it before. */
export function publicUrlOf(config: ApiConfig, port = config.PORT): string {
  return config.SLUICE_PUBLIC_URL ?? `http://${hostInUrl(config.HOST)}:${port}`
}

/** Every address of the machine is no address to send anybody to. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

export const wampUrlOf = (publicUrl: string): string => `${publicUrl.replace(/^http/, 'ws')}/ws`
