import { isLoopback, openEndpointSecrets } from '@sluice/api'
import type { Api } from '@sluice/api'
import type { Bus } from '@sluice/bus'
import { egressRulesOf } from '@sluice/service'
import type { Logger } from '@sluice/service'
import type { Database } from '@sluice/store'
import type { Session } from '@sluice/wamp'
import { makeActions, makeDecideTimers, startWorker } from '@sluice/worker'
import type { RealmSession, Worker } from '@sluice/worker'
import type { CloudConfig } from './config.ts'

/** The worker beside the api and the bus: it writes datapoints through the one and speaks in realms through the other. */
export async function startOurWorker(
  config: CloudConfig,
  parts: { db: Database; logger: Logger; api: Api; bus: Bus; scope: AsyncDisposableStack },
): Promise<Worker> {
  const { db, logger, api, bus, scope } = parts
  const actions = makeActions({
    rules: egressRulesOf(config, isLoopback(config.HOST)),
    smtpUrl: config.SLUICE_SMTP_URL ?? null,
    from: config.SLUICE_MAIL_FROM ?? null,
    openSession: sessionsOf(bus),
    append: (write) => api.appendTriggered(write),
  })
  scope.use(actions)
  const decideTimers = makeDecideTimers({ db, publicUrl: () => api.publicUrl() })
  const worker = startWorker({
    db,
    logger,
    secrets: await openEndpointSecrets(config.SLUICE_DATA),
    actions,
    registry: api.registry,
    async decideTimers() {
      const firings = await decideTimers()
      api.announceFirings(firings)
      return firings.length
    },
    onAttempt: (delivery) => api.announceAttempt(delivery),
  })
  return scope.use(worker)
}

/** One session for each realm, opened when a trigger first speaks there. */
function sessionsOf(bus: Bus): (accountId: number, login: string) => Promise<RealmSession> {
  const sessions = new Map<string, Promise<Session>>()
  return async (accountId, login) => {
    let opening = sessions.get(login)
    if (!opening) {
      opening = bus.attach(login, accountId)
      sessions.set(login, opening)
      const forget = (): void => void sessions.delete(login)
      opening.then((session) => session.closed.then(forget), forget)
    }
    return realmSession(await opening)
  }
}

function realmSession(session: Session): RealmSession {
  return {
    async publish(topic, args, kwargs) {
      await session.publishAcknowledged(topic, [...args], { ...kwargs })
    },
    async call(procedure, args, kwargs, options) {
      const result = await session.call(procedure, [...args], { ...kwargs }, options)
      return result.args[0]
    },
  }
}
