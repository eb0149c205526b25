import { access, isMaster } from '@sluice/model'
import type { AccessMethod, KeyPrincipal, Principal, Rule } from '@sluice/model'

/** What is asked about: a trigger of the caller's account, or one that it is about to make. */
export type Watching = {
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
 * somebody else's public feed, keys see triggers that are not bound to resources.
 */
export function triggerAccess(principal: Principal, method: AccessMethod, watching: Watching): Verdict {
  if (principal.kind === 'owner' || isMaster(principal)) return 'allowed'
  const covers =
    watching.feedAccountId === principal.accountId
      ? ownCover(principal, watching)
      : foreignCover(principal, watching.isFeedPrivate)
  if (!covers('get')) return 'hidden'
  return covers(method) ? 'allowed' : 'forbidden'
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

function foreignCover({ permissions }: KeyPrincipal, isFeedPrivate: boolean): Cover {
  const free = permissions.filter(({ resources }) => !resources || resources.length === 0)
  return (method) => !isFeedPrivate && free.some(({ accessMethods }) => accessMethods.includes(method))
}
