import { access, coversTrigger, isBound, isMaster } from '@sluice/model'
import type { AccessMethod, KeyPrincipal, Permission, Principal, Rule } from '@sluice/model'

/** What is asked about: a trigger of the caller's account, or one that it is about to make. */
export type Watching = {
  /** only of a trigger that exists */
  id?: number | undefined
  feedId: number
  /** owner of the feed */
  feedAccountId: number
  isFeedPrivate: boolean
  rule: Rule
}
export type Verdict = 'allowed' | 'forbidden' | 'hidden'

/**
 * Whether a caller may do this to a trigger of its own account. A trigger tells where its messages go, so a key sees it
 * only where a permission of its own says `get` for each of the datastreams; that a feed is public is not enough. Of
 * somebody else's public feed, keys see triggers that are not bound to resources. A permission that names the trigger is
 * enough for that trigger (API v2, `datastream_trigger_id`), and for nothing of its feed.
 */
export function triggerAccess(principal: Principal, method: AccessMethod, watching: Watching): Verdict {
  if (principal.kind === 'owner' || isMaster(principal)) return 'allowed'
  const isByFeed =
    watching.feedAccountId === principal.accountId
      ? ownCover(principal, watching)
      : foreignCover(principal, watching.isFeedPrivate)
  if (isTriggerNamed(principal, method, watching)) return 'allowed'
  if (!isByFeed('get')) return naming(principal, watching).length > 0 ? 'forbidden' : 'hidden'
  return isByFeed(method) ? 'allowed' : 'forbidden'
}

/** Whether a permission of the caller names this very trigger for a method. */
export function isTriggerNamed(principal: Principal, method: AccessMethod, watching: Watching): boolean {
  if (principal.kind === 'owner') return false
  return naming(principal, watching).some(({ accessMethods }) => accessMethods.includes(method))
}

type Cover = (method: AccessMethod) => boolean

function ownCover(principal: KeyPrincipal, { feedId, feedAccountId, isFeedPrivate, rule }: Watching): Cover {
  // as if it were private: only what a permission of the key itself says counts
  const seeing = { ...principal, privateAccess: principal.privateAccess || !isFeedPrivate }
  return (method) =>
    rule.conditions.every(({ datastreamId }) => {
      const datastream = { feedId, accountId: feedAccountId, isPrivate: true, datastreamId }
      return access(seeing, method, datastream) === 'allowed'
    })
}

/** The permissions that name a trigger, none where its feed became private to the caller. */
function naming(principal: KeyPrincipal, { id, feedId, feedAccountId, isFeedPrivate }: Watching): Permission[] {
  const seesFeed = !isFeedPrivate || (principal.privateAccess && feedAccountId === principal.accountId)
  if (id === undefined || !seesFeed) return []
  return principal.permissions.filter((permission) => coversTrigger(permission, { id, feedId }))
}

function foreignCover({ permissions }: KeyPrincipal, isFeedPrivate: boolean): Cover {
  const free = permissions.filter((permission) => !isBound(permission))
  return (method) => !isFeedPrivate && free.some(({ accessMethods }) => accessMethods.includes(method))
}
