import type { WantedTrigger } from '@sluice/formats'
import { access, isMaster, LIMITS, SluiceError } from '@sluice/model'
import type { Action, NewTrigger, Principal, Rule } from '@sluice/model'
import type { ListedTrigger, MakeState, TriggerWrite } from '@sluice/store'
import { describeRule, dueAt, initialState } from '@sluice/triggers'
import { forbidden } from './problem.ts'
import { freshStreams } from './reach.ts'
import type { TriggerParts } from './route-parts.ts'
import type { ResolvedFeed } from './route.ts'
import { isTriggerNamed, triggerAccess } from './trigger-access.ts'

type Method = 'post' | 'put'

/**
 * A trigger as it may be written by this caller.
 * @param method what the caller needs to be allowed on the feed
 * @param current the trigger as it is, where the caller may change it
 * @throws {SluiceError} `forbidden`; `unprocessable` for a feed, datastream or target that is missing, or that the caller
 *   may not know of, in the same words
 */
export async function prepareTrigger(
  parts: TriggerParts,
  principal: Principal,
  method: Method,
  { current, ...wanted }: WantedTrigger & { current?: ListedTrigger },
): Promise<TriggerWrite> {
  const isSame = current !== undefined && watchesNothingElse(current, wanted)
  await requireWatchable(parts, principal, method, { ...wanted, ...(isSame && { id: current.id }) })
  await requireTarget(parts, principal, wanted.action)
  const trigger: NewTrigger = { ...wanted, name: wanted.name ?? nameOf(wanted.rule) }
  const sealedSecret = wanted.action.kind === 'http' ? parts.endpointSecrets.make().sealed : null
  return { trigger, sealedSecret, initialState: beginState }
}

/** What a trigger is called that nobody named. */
export const nameOf = (rule: Rule): string => describeRule(rule).slice(0, LIMITS.titleCharsMax)

const beginState: MakeState = (rule, inputs, now) => {
  const state = initialState(rule, inputs, now)
  return { state, dueAt: dueAt(rule, { state, inputs }) }
}

/** Whether a changed trigger looks at what it looked at before, or less: who may change it need not be given the feed. */
function watchesNothingElse(current: ListedTrigger, wanted: WantedTrigger): boolean {
  const watched = new Set(current.rule.conditions.map(({ datastreamId }) => datastreamId))
  return (
    wanted.feedId === current.feedId && wanted.rule.conditions.every(({ datastreamId }) => watched.has(datastreamId))
  )
}

/**
 * The feed whose datastreams a rule looks at.
 * @param watched `id` where it is about a trigger as it is: a permission that names it is enough
 * @throws {SluiceError} `forbidden`, `unprocessable`
 */
export async function requireWatchable(
  { feeds }: Pick<TriggerParts, 'feeds'>,
  principal: Principal,
  method: Method,
  { id, feedId, rule }: { id?: number; feedId: number; rule: Rule },
): Promise<ResolvedFeed> {
  const feed = await feeds.resolve(feedId)
  if (!feed) throw missingFeed(feedId)
  const about = { feedId, feedAccountId: feed.accountId, isFeedPrivate: feed.isPrivate, rule }
  const watching = id === undefined ? about : { ...about, id }
  const isNamed = isTriggerNamed(principal, method, watching)
  if (!isNamed && access(principal, 'get', feed) === 'hidden') throw missingFeed(feedId)
  // who makes a trigger reads what it sends
  if (triggerAccess(principal, method, watching) !== 'allowed') throw forbidden()
  await requireDatastreams(feeds, feed, rule)
  return feed
}

/** @throws {SluiceError} `unprocessable` for a feed that the caller may not know of */
export async function findVisibleFeed(
  feeds: TriggerParts['feeds'],
  principal: Principal,
  feedId: number,
): Promise<ResolvedFeed> {
  const feed = await feeds.resolve(feedId)
  if (feed && access(principal, 'get', feed) !== 'hidden') return feed
  throw missingFeed(feedId)
}

const missingFeed = (feedId: number): SluiceError =>
  new SluiceError('unprocessable', `environment_id is invalid: couldn't find feed ${feedId}`)

/**
 * The rows of a rule's datastreams by id.
 * @throws {SluiceError} `unprocessable`
 */
export async function requireDatastreams(
  feeds: TriggerParts['feeds'],
  feed: ResolvedFeed,
  rule: Rule,
): Promise<Map<string, number>> {
  const ids = [...new Set(rule.conditions.map(({ datastreamId }) => datastreamId))]
  const streams = await freshStreams(feeds, feed, ids)
  const missing = ids.filter((id) => !streams.has(id))
  if (missing.length > 0) {
    throw new SluiceError(
      'unprocessable',
      missing.map((id) => `stream_id is invalid: couldn't find datastream ${id}`),
    )
  }
  return new Map(ids.map((id) => [id, streams.get(id) ?? 0]))
}

/** @throws {SluiceError} `forbidden`, `unprocessable` */
async function requireTarget(parts: TriggerParts, principal: Principal, action: Action): Promise<void> {
  requireAction(principal, action)
  if (action.kind === 'http') {
    const refusal = parts.refusalOfUrl(action.url)
    if (refusal !== null) throw new SluiceError('unprocessable', `url is refused: ${refusal}`)
  }
  if (action.kind === 'datapoint') {
    const target = await parts.feeds.resolve(action.feedId)
    if (target?.accountId === principal.accountId) return
    throw new SluiceError('unprocessable', `action.feed_id is invalid: couldn't find feed ${action.feedId}`)
  }
}

/**
 * What acts inside the platform or sends mail is for who may do everything.
 * @throws {SluiceError} `forbidden`
 */
export function requireAction(principal: Principal, action: Action): void {
  if (action.kind === 'http' || isMaster(principal)) return
  throw forbidden(`An action of the kind ${action.kind} needs a master key`)
}
