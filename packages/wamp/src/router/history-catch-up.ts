import { ERROR, WampError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { MatchPolicy } from '../uri.ts'
import type { Publication } from './broker-publication.ts'
import { type Member, Subscription } from './broker-subscription.ts'
import { type EventLog, sizeOf } from './history-log.ts'
import type { RouterSession } from './session.ts'
import { topicMatcher } from './topic-matcher.ts'

/** SUBSCRIBE with the private option `_after_publication`. */
export interface CatchUp {
  /** The last publication that the client had, as it came. */
  readonly after: unknown
  readonly match: MatchPolicy
  readonly topic: string
  readonly member: Member
  /** Of all together. */
  readonly bytesMax: number
}

/**
 * What a subscriber missed since the last publication it had. SUBSCRIBE is answered, this is sent and the subscriber is
 * added in one step, so nothing comes twice and nothing is left out.
 * @param log null: nothing is kept of this topic
 * @throws {WampError} history_unavailable: the publication is not known any more, or too much came after it: the client
 * has to subscribe without and to fetch elsewhere what it missed
 */
export function missedBy(session: RouterSession, log: EventLog | null, catchUp: CatchUp): Publication[] {
  const { after, match, topic, member, bytesMax } = catchUp
  if (!isId(after)) throw new WampError(ERROR.invalidArgument, ['_after_publication is a publication'])
  // what a group missed is no one node's
  if (member.nkey !== null) throw new WampError(ERROR.optionNotAllowed, ['_after_publication beside nkey'])
  const position = log?.position(after) ?? null
  if (log === null || position === null) throw new WampError(ERROR.historyUnavailable, [`publication ${after}`])
  const missed: Publication[] = []
  let bytes = 0
  const entries = log.entries()
  const isCovered = topicMatcher(match, topic)
  for (let at = position + 1; at < entries.length; at += 1) {
    const publication = entries[at]?.publication
    if (!publication || !isCovered(publication.topic)) continue
    if (publication.excluded === session.id || !Subscription.mayHave(session, member, publication)) continue
    bytes += sizeOf(publication)
    if (bytes > bytesMax) throw new WampError(ERROR.historyUnavailable, [`more than ${bytesMax} bytes were missed`])
    missed.push(publication)
  }
  return missed
}
