import {
  LIMITS,
  parseTimestamp,
  RULE_DEFAULTS,
  type Action,
  type Condition,
  type Micros,
  type NewTrigger,
  type Rule,
} from '@sluice/model'
import { readAction, readFeedId, readTargetUrl } from './actions.ts'
import { asHash, isHash, parseHash, type Body, type Input } from './body.ts'
import { readCondition, readConditions, readDecimal, readSeconds, refuseOddRule } from './conditions.ts'
import { triggerDocument } from './documents.ts'
import { refuseAny, type Problems } from './problems.ts'
import { renderCondition } from './render-trigger.ts'
import { isMissing, readBoolean, readText, readWord } from './scalars.ts'

type TriggerInput = Input<
  | 'environment_id'
  | 'name'
  | 'url'
  | 'action'
  | 'conditions'
  | 'stream_id'
  | 'trigger_type'
  | 'threshold_value'
  | 'match'
  | 'mode'
  | 'for'
  | 'hysteresis'
  | 'min_interval'
  | 'rearm'
  | 'late'
  | 'enabled'
>

/** A trigger as a body asks for it; `name` null where it says none. */
export type WantedTrigger = Omit<NewTrigger, 'name'> & { name: string | null }
export type WantedBacktest = { feedId: number; rule: Rule; start: Micros; end: Micros }

/** API v2's members of a condition, at the top of the body, and ours beside them. */
const CONDITION_MEMBERS = ['stream_id', 'trigger_type', 'threshold_value', 'low', 'high', 'per', 'after'] as const

/**
 * Body of POST /v2/triggers and, with `current`, of PUT: then what is not given stays. The object is bare (API v2); a
 * wrapper `{"trigger":{…}}` is tolerated. `null` means not given; `id`, `user` and `notified_at` are ignored.
 * `url` asks for API v2's form-encoded request, `action` for a JSON one unless it says otherwise. API v2's members of a
 * condition change the first one, `conditions` replaces all. XML (`datastream-trigger`) carries API v2's members.
 * @throws {SluiceError} `invalid`, or `unprocessable` with all that is wrong
 */
export function parseTriggerBody(body: Body, current?: NewTrigger): WantedTrigger {
  const input = inputOf(triggerDocument(body))
  const problems: Problems = []
  const name = readText(input.name, 'name', LIMITS.titleCharsMax, problems)
  const feedId = isMissing(input.environment_id) ? current?.feedId : readFeedOf(input, problems)
  if (feedId === undefined && isMissing(input.environment_id)) problems.push("environment_id can't be blank")
  const rule = readRule(input, current?.rule, problems)
  const action = readTarget(input, current?.action, problems)
  const isEnabled = readBoolean(input.enabled, 'enabled', problems) ?? current?.isEnabled ?? true
  refuseAny(problems)
  if (feedId === undefined || !rule || !action) throw new TypeError('a trigger is wrong in a way nobody told')
  return { feedId, name: name?.trim() || null, rule, action, isEnabled }
}

/**
 * Body of POST /v2/triggers/backtest: a trigger, of which the action may be missing, with `start` and `end` (inclusive
 * measurement times, ISO 8601).
 * @throws {SluiceError} `invalid`, or `unprocessable` with all that is wrong
 */
export function parseBacktestBody(text: string): WantedBacktest {
  const input: TriggerInput & Input<'start' | 'end'> = inputOf(parseHash(text))
  const problems: Problems = []
  const feedId = readFeedOf(input, problems)
  const rule = readRule(input, undefined, problems)
  const start = readTime(input.start, 'start', problems)
  const end = readTime(input.end, 'end', problems)
  if (start !== undefined && end !== undefined && start >= end) problems.push('start must be before end')
  refuseAny(problems)
  if (feedId === undefined || !rule || start === undefined || end === undefined) {
    throw new TypeError('a backtest is wrong in a way nobody told')
  }
  return { feedId, rule, start, end }
}

function inputOf(document: TriggerInput & Input<'trigger'>): TriggerInput {
  return isHash(document.trigger) ? asHash(document.trigger) : document
}

const readFeedOf = (input: TriggerInput, problems: Problems): number | undefined =>
  readFeedId(input.environment_id, 'environment_id', problems)

function readTime(input: unknown, name: string, problems: Problems): Micros | undefined {
  if (isMissing(input)) problems.push(`${name} can't be blank`)
  else {
    const at = typeof input === 'string' ? parseTimestamp(input) : null
    if (at !== null) return at
    problems.push(`${name} is not an ISO 8601 timestamp`)
  }
  return undefined
}

/** The rule, or undefined where something of it is wrong. */
function readRule(input: TriggerInput, current: Rule | undefined, problems: Problems): Rule | undefined {
  const before = problems.length
  const base = current ?? { ...RULE_DEFAULTS, conditions: [] }
  const rule: Rule = {
    conditions: readAllConditions(input, base.conditions, problems),
    match: readWord(input.match, ['all', 'any'], 'match', problems) ?? base.match,
    mode: readWord(input.mode, ['edge', 'level'], 'mode', problems) ?? base.mode,
    forS: readSeconds(input.for, 'for', { least: 0, fallback: base.forS }, problems),
    hysteresis: readDecimal(input.hysteresis, 'hysteresis', { isSigned: false, fallback: base.hysteresis }, problems),
    minIntervalS: readSeconds(input.min_interval, 'min_interval', { least: 0, fallback: base.minIntervalS }, problems),
    rearm: readWord(input.rearm, ['auto', 'manual'], 'rearm', problems) ?? base.rearm,
    late: readWord(input.late, ['ignore', 'evaluate'], 'late', problems) ?? base.late,
  }
  if (problems.length === before) refuseOddRule(rule, problems)
  return problems.length === before ? rule : undefined
}

function readAllConditions(input: TriggerInput, current: readonly Condition[], problems: Problems): Condition[] {
  if (!isMissing(input.conditions)) return readConditions(input.conditions, problems)
  const [first, ...rest] = current
  const given = Object.fromEntries(
    CONDITION_MEMBERS.flatMap((member) => {
      const value = (input as Readonly<Record<string, unknown>>)[member]
      return isMissing(value) ? [] : [[member, value]]
    }),
  )
  const condition = readCondition({ ...(first && renderCondition(first)), ...given }, '', problems)
  return condition ? [condition, ...rest] : []
}

function readTarget(input: TriggerInput, current: Action | undefined, problems: Problems): Action | undefined {
  if (!isMissing(input.action)) return readAction(input.action, problems)
  if (isMissing(input.url) && current) return current
  const url = readTargetUrl(input.url, 'url', problems)
  if (url === undefined) return undefined
  return { kind: 'http', url, format: current?.kind === 'http' ? current.format : 'form' }
}
