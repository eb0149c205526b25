import { access, covers, coversTrigger, hindrances, namedDatastreams, narrowPrincipal } from '@sluice/model'
import type { AccessMethod, Addressed, Circumstances, KeyCheckDocument, KeyPrincipal, Permission } from '@sluice/model'
import type { ListedTrigger } from '@sluice/store'
import { triggerAccess } from './trigger-access.ts'

/** What somebody would do with a key, from where. */
export type KeyQuestion = {
  method: AccessMethod
  about: { feed: Addressed } | { trigger: ListedTrigger }
  from: Circumstances
  /** seconds until a permission with a minimum interval may be used again */
  waitS(permission: Permission): number
}

/**
 * Whether a key may do something, as requests are judged, and a sentence for each of its permissions.
 * @param principal with all its permissions
 */
export function checkKey(principal: KeyPrincipal, question: KeyQuestion): KeyCheckDocument {
  const { about, method, from, waitS } = question
  const left = narrowPrincipal(principal, from)
  const able = left.permissions.filter((one) => one.accessMethods.includes(method) && reaches(one, question))
  const isTooSoon = able.length > 0 && able.every((one) => waitS(one) > 0)
  const verdict = 'feed' in about ? access(left, method, about.feed) : triggerAccess(left, method, about.trigger)
  const allowed = left.permissions.length > 0 && verdict === 'allowed' && !isTooSoon
  return { allowed, reasons: [...permissionReasons(principal, question), ...feedReasons(principal, question)] }
}

function permissionReasons(principal: KeyPrincipal, question: KeyQuestion): string[] {
  if (isForeign(principal, question)) return []
  return principal.permissions.map((permission, index) => {
    const name = `Permission ${index + 1}${permission.label ? ` (${permission.label})` : ''}`
    const against = objections(permission, question)
    return against.length > 0
      ? `${name} does not allow it: ${against.join('; ')}`
      : `${name} allows it${part(permission, question)}`
  })
}

function objections(permission: Permission, question: KeyQuestion): string[] {
  const { method, from, waitS } = question
  const found: string[] = []
  if (!permission.accessMethods.includes(method)) found.push(`it does not include ${method}`)
  if (!reaches(permission, question)) found.push(`it does not cover ${nameOf(question)}`)
  found.push(...hindrances(permission, from))
  const wait = Math.ceil(waitS(permission))
  if (wait > 0) found.push(`it is for one request in ${permission.minimumIntervalS} seconds, the next one in ${wait}`)
  return found
}

function reaches(permission: Permission, { about }: KeyQuestion): boolean {
  if ('feed' in about) return covers(permission, about.feed)
  const { id, feedId, rule } = about.trigger
  const isCovered = rule.conditions.every(({ datastreamId }) => covers(permission, { feedId, datastreamId }))
  return isCovered || coversTrigger(permission, { id, feedId })
}

/** Which part of a feed a permission is for, where it is asked about as a whole. */
function part(permission: Permission, { about }: KeyQuestion): string {
  if (!('feed' in about) || about.feed.datastreamId !== undefined) return ''
  const only = namedDatastreams(permission, about.feed.feedId)
  return only ? `, for ${[...only].join(', ')} alone` : ''
}

function nameOf({ about }: KeyQuestion): string {
  if ('trigger' in about) return `trigger ${about.trigger.id}`
  const { feedId, datastreamId } = about.feed
  return datastreamId === undefined ? `feed ${feedId}` : `the datastream ${datastreamId} of feed ${feedId}`
}

/** What decides beside the permissions: whose the feed is, and whether it is private. */
function feedReasons(principal: KeyPrincipal, question: KeyQuestion): string[] {
  const { about, method } = question
  if ('trigger' in about) {
    const { isFeedPrivate, feedId } = about.trigger
    return isFeedPrivate && !principal.privateAccess ? [noPrivateAccess(feedId)] : []
  }
  const { feedId, isPrivate } = about.feed
  if (isForeign(principal, question))
    return [`Feed ${feedId} is public and not yours: every key may read it, and no more`]
  if (isPrivate) return principal.privateAccess ? [] : [noPrivateAccess(feedId)]
  return method === 'get'
    ? [`Feed ${feedId} is public: every key may read it, unless none of its permissions is for requests from there`]
    : []
}

const isForeign = (principal: KeyPrincipal, { about }: KeyQuestion): boolean =>
  'feed' in about && about.feed.accountId !== principal.accountId

const noPrivateAccess = (feedId: number): string => `Feed ${feedId} is private, and the key has no private access`
