import type { Dict } from '../payload.ts'
import type { SessionInfo } from './authenticator.ts'

const LISTS = [
  ['session', 'exclude', 'eligible'],
  ['authid', 'exclude_authid', 'eligible_authid'],
  ['authrole', 'exclude_authrole', 'eligible_authrole'],
] as const

/**
 * Whether the publisher's black and white lists let `session` have the event (wamp-proto Advanced Profile, "Subscriber
 * Black- and Whitelisting"). All lists are ANDed; an empty white list means nobody.
 */
export function receives(session: SessionInfo, options: Dict): boolean {
  for (const [attribute, exclude, eligible] of LISTS) {
    const excluded = options[exclude]
    const allowed = options[eligible]
    if (excluded === undefined && allowed === undefined) continue
    const value = attribute === 'session' ? session.id : session.identity[attribute]
    if (Array.isArray(excluded) && excluded.includes(value)) return false
    if (Array.isArray(allowed) && !allowed.includes(value)) return false
  }
  return true
}
