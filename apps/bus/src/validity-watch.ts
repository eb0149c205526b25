import { isDeepStrictEqual } from 'node:util'
import type { CurrentKey } from '@sluice/model'
import type { Logger } from '@sluice/service'
import { CLOSE, type Router, type RouterSession } from '@sluice/wamp'
import { principalOf } from './authorize.ts'
import type { BusDirectory } from './directory.ts'
import { renewOnBus } from './key-on-bus.ts'

/** What becomes of a key or a sign-in takes effect on open sessions within 5 s, whichever node took the request. */
const INTERVAL_MS = 2000

/**
 * Ends the sessions of keys and sign-ins that are no longer valid, and takes from the sessions of a key what it may no
 * longer. @returns stops watching
 */
export function watchValidity(router: Router, directory: BusDirectory, logger: Logger): () => void {
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    review(router, directory, logger)
      .catch((error: unknown) => logger.error({ err: error }, 'checking the keys of open sessions failed'))
      .finally(() => (isBusy = false))
  }, INTERVAL_MS)
  return () => clearInterval(timer)
}

/** One look at everybody who is connected, in one question to the directory. */
async function review(router: Router, directory: BusDirectory, logger: Logger): Promise<void> {
  const byKey = new Map<number, RouterSession[]>()
  const bySignIn = new Map<string, RouterSession[]>()
  for (const session of router.sessions()) {
    const principal = principalOf(session)
    if (principal.kind === 'key') gather(byKey, principal.keyId, session)
    else if (principal.kind === 'owner') gather(bySignIn, principal.sessionId, session)
  }
  if (byKey.size + bySignIn.size === 0) return
  const valid = await directory.filterValid({ keyIds: [...byKey.keys()], sessionIds: [...bySignIn.keys()] })
  const ended = [
    ...[...byKey].filter(([keyId]) => !valid.keys.has(keyId)),
    ...[...bySignIn].filter(([sessionId]) => !valid.sessionIds.has(sessionId)),
  ].flatMap(([, sessions]) => sessions)
  for (const session of ended) router.kill(session, CLOSE.killed)
  for (const [keyId, sessions] of byKey) {
    const now = valid.keys.get(keyId)
    if (now) ended.push(...(await downgrade(router, sessions, now)))
  }
  if (ended.length > 0) logger.info({ sessions: ended.length }, 'sessions of an invalid key or sign-in ended')
}

/**
 * A session goes on as the key that it has become; what that may not, it loses.
 * @returns those that were ended, because their text of the key, or their address, does not count any more
 */
async function downgrade(
  router: Router,
  sessions: readonly RouterSession[],
  now: CurrentKey,
): Promise<RouterSession[]> {
  const ended: RouterSession[] = []
  for (const session of sessions) {
    const { identity, isAlive, transportDetails } = session
    const principal = principalOf(session)
    if (!isAlive || principal.kind !== 'key') continue
    const renewed = renewOnBus(principal, now, transportDetails)
    if (!renewed) {
      router.kill(session, CLOSE.killed)
      ended.push(session)
    } else if (!isDeepStrictEqual(principal, renewed)) {
      await router.reauthorize(session, { ...identity, principal: renewed })
    }
  }
  return ended
}

function gather<Id>(groups: Map<Id, RouterSession[]>, id: Id, session: RouterSession): void {
  const group = groups.get(id)
  if (group) group.push(session)
  else groups.set(id, [session])
}
