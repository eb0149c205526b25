import { LIMITS } from '@sluice/model'
import type { Act } from '../action.ts'
import { argsOf, inRealm, isPlatformName, NOT_JSON, PLATFORM_NAME } from './realm-session.ts'
import type { OpenSession } from './realm-session.ts'
import { delivered, excerpt, refused } from './result.ts'

const TIMEOUT_MS = 15_000

/**
 * Calls a procedure of the account's realm with the delivery's JSON document as `args[0]`. Any result is delivered and
 * shown in the delivery log; an error, or nobody who registered the procedure, is tried again.
 */
export function makeCallAction(parts: { openSession: OpenSession }): Act {
  return async ({ action, accountId, login, body }, signal) => {
    if (action.kind !== 'call') return refused('This delivery is not a call')
    if (isPlatformName(action.procedure)) return PLATFORM_NAME
    const args = argsOf(body)
    if (args === null) return NOT_JSON
    return inRealm(async () => {
      const session = await parts.openSession(accountId, login)
      const result = await session.call(action.procedure, args, {}, { timeoutMs: TIMEOUT_MS })
      return { ...delivered(), responseBody: excerpt(textOf(result), LIMITS.attemptBodyCharsMax) }
    }, signal)
  }
}

/** A result of any serializer as text: those of MessagePack and CBOR may hold what JSON cannot say. */
function textOf(result: unknown): string {
  if (result === undefined || result === null) return ''
  return JSON.stringify(result, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
}
