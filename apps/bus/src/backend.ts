import type { Logger } from '@sluice/service'
import {
  type CallResult,
  ERROR,
  type Identity,
  type Router,
  type Session,
  WampError,
  join,
  linkedPair,
} from '@sluice/wamp'
import type { BusPrincipal } from './directory.ts'

/** How long an authenticator or authorizer has to answer; a handshake has 10 s in all. */
const CALL_MS = 5000

/** The platform's own sessions, which never pass a wire. */
export const BACKEND: Identity = {
  authid: 'backend',
  authrole: 'backend',
  authmethod: 'linked',
  authprovider: 'sluice',
  principal: { kind: 'backend' } satisfies BusPrincipal,
}

/** Sessions of the platform in the realms of its router. */
export interface Backend {
  /** A new session. */
  join(realm: string): Promise<Session>
  /** Calls over a session that is kept for it. @throws {WampError} the callee's; there is none; not within 5 s */
  call(realm: string, procedure: string, args: readonly unknown[]): Promise<CallResult>
}

export function makeBackend(router: Router, logger: Logger): Backend {
  const kept = new Map<string, Promise<Session>>()
  const enter = (realm: string): Promise<Session> => {
    const [near, far] = linkedPair()
    router.attach(far, { trusted: BACKEND })
    const onError = (error: unknown): void =>
      logger.error({ err: error, realm }, 'a procedure or handler of the backend failed')
    return join(near, { realm, timers: globalThis, onError })
  }
  const keep = (realm: string): Promise<Session> => {
    let session = kept.get(realm)
    if (!session) {
      session = enter(realm)
      kept.set(realm, session)
      const forget = (): unknown => kept.delete(realm)
      session.then(({ closed }) => closed.then(forget), forget)
    }
    return session
  }
  return {
    join: enter,
    async call(realm, procedure, args) {
      const session = await keep(realm)
      try {
        return await session.call(procedure, args, {}, { timeoutMs: CALL_MS })
      } catch (error) {
        if (error instanceof WampError && error.uri !== ERROR.timeout) throw error
        logger.warn({ realm, procedure }, 'a procedure that authenticates or authorizes did not answer')
        throw error
      }
    },
  }
}
