import type { Act } from '../action.ts'
import { argsOf, inRealm, isPlatformName, NOT_JSON, PLATFORM_NAME } from './realm-session.ts'
import type { OpenSession } from './realm-session.ts'
import { delivered, refused } from './result.ts'

/** Publishes the delivery's JSON document as `args[0]` of an event in the account's realm; the router acknowledges it. */
export function makePublishAction(parts: { openSession: OpenSession }): Act {
  return async ({ action, accountId, login, body }, signal) => {
    if (action.kind !== 'publish') return refused('This delivery is not an event')
    if (isPlatformName(action.topic)) return PLATFORM_NAME
    const args = argsOf(body)
    if (args === null) return NOT_JSON
    return inRealm(async () => {
      const session = await parts.openSession(accountId, login)
      await session.publish(action.topic, args, {}, { acknowledge: true })
      return delivered()
    }, signal)
  }
}
