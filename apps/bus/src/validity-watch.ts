import type { Logger } from '@sluice/service'
import { CLOSE, type Router, type RouterSession } from '@sluice/wamp'
import { principalOf } from './authorize.ts'
import type { BusDirectory } from './directory.ts'

/** Sessions of a revoked key, and of a browser that signed out, end within 5 s, whichever node took the request. */
const INTERVAL_MS = 2000

/** Ends the sessions of keys and sign-ins that are no longer valid. @returns stops watching */
export function watchValidity(router: Router, directory: BusDirectory, logger: Logger): () => void {
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    endInvalid(router, directory, logger)
      .catch((error: unknown) => logger.error({ err: error }, 'checking the keys of open sessions failed'))
      .finally(() => (isBusy = false))
  }, INTERVAL_MS)
  return () => clearInterval(timer)
}

/** One look at everybody who is connected, in one question to the directory. */
async function endInvalid(router: Router, directory: BusDirectory, logger: Logger): Promise<void> {
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
    ...[...byKey].filter(([keyId]) => !valid.keyIds.has(keyId)),
    ...[...bySignIn].filter(([sessionId]) => !valid.sessionIds.has(sessionId)),
  ].flatMap(([, sessions]) => sessions)
  for (const session of ended) router.kill(session, CLOSE.killed)
  if (ended.length > 0) logger.info({ sessions: ended.length }, 'sessions of an invalid key or sign-in ended')
}

function gather<Id>(groups: Map<Id, RouterSession[]>, id: Id, session: RouterSession): void {
  const group = groups.get(id)
  if (group) group.push(session)
  else groups.set(id, [session])
}
