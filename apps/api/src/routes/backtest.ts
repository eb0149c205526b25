import { parseBacktestBody } from '@sluice/formats'
import { access, NotFoundError } from '@sluice/model'
import type { BacktestLine } from '@sluice/model'
import { runBacktest } from '../backtest.ts'
import type { Backtest } from '../backtest.ts'
import { bodyText } from '../body-text.ts'
import { findTriggerFor } from '../find-trigger.ts'
import { clamped } from '../history-window.ts'
import { forbidden } from '../problem.ts'
import type { TriggerParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { makeSlots } from '../slots.ts'
import type { Slots } from '../slots.ts'
import { traceTrigger } from '../trace.ts'
import { triggerAccess } from '../trigger-access.ts'
import { findVisibleFeed, requireDatastreams } from '../write-trigger.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'

const TRACE_DEFAULT = 100
const TRACE_MAX = 1_000
/** Each holds a connection to the database and works as fast as it can. */
const BACKTESTS = {
  count: 3,
  // who changes a rule and asks anew comes a moment before the one cancelled has ended
  waitMsMax: 5_000,
  busy: 'Several backtests are under way; try again in a moment',
}

/** What a rule would have done, and what it did. */
export function backtestRoutes(parts: TriggerParts): Route[] {
  const slots = makeSlots(BACKTESTS)
  return [
    {
      method: 'POST',
      path: '/v2/triggers/backtest',
      summary: 'Try a rule on stored datapoints; the answer is a stream of JSON lines',
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => backtest(parts, slots, context),
    },
    {
      method: 'GET',
      path: '/v2/triggers/:triggerId/trace',
      summary: 'Why each of the last values did or did not fire a trigger, newest first',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => trace(parts, context),
    },
  ]
}

async function backtest(parts: TriggerParts, slots: Slots, context: SignedContext): Promise<Answer> {
  const { principal, signal } = context
  const { feedId, rule, start, end } = parseBacktestBody(bodyText(context.body))
  const feed = await findVisibleFeed(parts.feeds, principal, feedId)
  for (const { datastreamId } of rule.conditions) {
    if (access(principal, 'get', { ...feed, datastreamId }) !== 'allowed') throw forbidden()
  }
  const streams = await requireDatastreams(parts.feeds, feed, rule)
  const release = await slots.take(signal)
  return { status: 200, stream: ndjson(parts, { rule, streams, start, end, signal }, release) }
}

async function* ndjson(parts: TriggerParts, asked: Backtest, release: () => void): AsyncGenerator<string> {
  try {
    for await (const lines of runBacktest(parts.db, asked)) yield lines.map(lineOf).join('')
  } finally {
    release()
  }
}

const lineOf = (line: BacktestLine): string => `${JSON.stringify(line)}\n`

async function trace({ db }: TriggerParts, { principal, params, query }: SignedContext): Promise<Answer> {
  const trigger = await findTriggerFor(db, principal, 'get', params['triggerId'])
  // somebody else's feed that became private
  if (trigger.feedAccountId !== principal.accountId && trigger.isFeedPrivate) {
    throw new NotFoundError(`Feed with ID = ${trigger.feedId}`)
  }
  // a key that was given the trigger alone was not given the values
  if (triggerAccess(principal, 'get', { ...trigger, id: undefined }) !== 'allowed') throw forbidden()
  const document = { trace: await traceTrigger(db, trigger, clamped(query['limit'], TRACE_DEFAULT, TRACE_MAX)) }
  return { status: 200, document }
}
