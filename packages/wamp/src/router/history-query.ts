import { ERROR, WampError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { Dict } from '../payload.ts'
import { EventVariants } from './broker-publication.ts'
import { type Member, Subscription } from './broker-subscription.ts'
import { type EventLog, type Kept, sizeOf } from './history-log.ts'
import type { RouterSession } from './session.ts'
import { topicMatcher } from './topic-matcher.ts'

/** Events of one answer, whatever limit is asked for. */
const EVENTS_MAX = 1000
/** Payload of one answer; at least one event is in it all the same. */
const BYTES_MAX = 2 ** 19

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** For whom history is asked. */
export interface Reader {
  readonly session: RouterSession
  /** Whose filter decides about topics, as it does for events. */
  readonly member: Member | undefined
}

/**
 * Answers `wamp.subscription.get_events` (Advanced Profile, "Event History"). At most 1000 events and half a MiB of
 * payload are in one answer; the next page is asked for with `after_publication` or, in reverse, `before_publication`.
 * @param filters ArgumentsKw; all that are given must hold
 * @throws {WampError} invalid_argument, or history_unavailable: a publication that is named is not kept any more
 */
export function queryHistory(log: EventLog, subscription: Subscription, filters: Dict, reader: Reader): Dict[] {
  const { match, topic } = subscription
  const limit = Math.min(positive(filters, 'limit') ?? EVENTS_MAX, EVENTS_MAX)
  const isWanted = wantedBy(filters)
  const isCovered = topicMatcher(match, topic)
  const entries = log.entries()
  const [first, last] = rangeOf(log, filters, entries.length)
  const isReverse = filters['reverse'] === true
  const found: Dict[] = []
  let bytes = 0
  for (let step = 0; step < last - first && found.length < limit; step += 1) {
    const kept = entries[isReverse ? last - 1 - step : first + step]
    if (!kept || !isWanted(kept) || !isCovered(kept.publication.topic)) continue
    if (!Subscription.mayHave(reader.session, reader.member, kept.publication)) continue
    bytes += sizeOf(kept.publication)
    if (bytes > BYTES_MAX && found.length > 0) break
    found.push(described(kept, subscription, reader.session))
  }
  return found
}

function described({ publication, at }: Kept, subscription: Subscription, session: RouterSession): Dict {
  const [, , , details] = new EventVariants(publication, subscription).for(session)
  const { payload } = publication
  const { args, kwargs } = payload
  return {
    timestamp: new Date(at).toISOString(),
    subscription: subscription.id,
    publication: publication.id,
    details,
    ...(payload.isEmpty ? {} : { args }),
    ...(payload.elements === 2 ? { kwargs } : {}),
  }
}

/** Positions that the `…_publication` filters leave, the second exclusive. Ids have no order, so they are looked up. */
function rangeOf(log: EventLog, filters: Dict, length: number): [first: number, last: number] {
  const at = (key: string, none: number): number => {
    const id = positive(filters, key)
    if (id === undefined) return none
    const position = log.position(id)
    if (position === null) throw new WampError(ERROR.historyUnavailable, [`publication ${id} is not kept`])
    return position
  }
  const first = Math.max(0, at('from_publication', 0), at('after_publication', -1) + 1)
  const last = Math.min(at('until_publication', length - 1) + 1, at('before_publication', length))
  return [first, last]
}

function wantedBy(filters: Dict): (kept: Kept) => boolean {
  const from = time(filters, 'from_time') ?? -Infinity
  const after = time(filters, 'after_time') ?? -Infinity
  const before = time(filters, 'before_time') ?? Infinity
  const until = time(filters, 'until_time') ?? Infinity
  const { topic } = filters
  if (topic !== undefined && typeof topic !== 'string') throw new WampError(ERROR.invalidArgument, ['topic'])
  return ({ at, publication }) =>
    at >= from && at > after && at < before && at <= until && (topic === undefined || publication.topic === topic)
}

function positive(filters: Dict, key: string): number | undefined {
  const value = filters[key]
  if (value === undefined || value === null) return undefined
  if (isId(value)) return value
  throw new WampError(ERROR.invalidArgument, [`${key} is a positive integer`])
}

function time(filters: Dict, key: string): number | undefined {
  const value = filters[key]
  if (value === undefined || value === null) return undefined
  const at = typeof value === 'string' && RFC3339.test(value) ? Date.parse(value) : NaN
  if (Number.isNaN(at)) throw new WampError(ERROR.invalidArgument, [`${key} is a time as in RFC 3339`])
  return at
}
