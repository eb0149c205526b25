import type { Logger } from '@sluice/service'
import { CLOSE, type Router, type RouterSession } from '@sluice/wamp'
import { principalOf } from './authorize.ts'
import type { BusDirectory } from './directory.ts'

/** A revoked key's sessions end within 5 s: this much waiting, and the rest for the look-up. */
const INTERVAL_MS = 3000
const LOOKUPS_AT_ONCE = 32

/** Ends the sessions of keys that are no longer valid. @returns stops watching */
export function watchKeys(router: Router, directory: BusDirectory, logger: Logger): () => void {
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

/** One look at all connected keys, each asked for once. */
export async function endInvalid(router: Router, directory: BusDirectory, logger: Logger): Promise<void> {
  const byKey = new Map<number, RouterSession[]>()
  for (const session of router.sessions()) {
    const principal = principalOf(session)
    if (principal.kind !== 'key') continue
    const sessions = byKey.get(principal.keyId)
    if (sessions) sessions.push(session)
    else byKey.set(principal.keyId, [session])
  }
  const keys = [...byKey]
  for (let i = 0; i < keys.length; i += LOOKUPS_AT_ONCE) {
    const batch = keys.slice(i, i + LOOKUPS_AT_ONCE)
    const valid = await Promise.all(batch.map(([keyId]) => directory.keyStillValid(keyId)))
    for (const [at, [keyId, sessions]] of batch.entries()) {
      if (valid[at]) continue
      logger.info({ keyId, sessions: sessions.length }, 'sessions of an invalid key ended')
      for (const session of sessions) router.kill(session, CLOSE.killed)
    }
  }
}
