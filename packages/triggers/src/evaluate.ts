import type { Condition, Fired, FiringCause, Micros, Rule, RuleState, Verdict } from '@sluice/model'
import { numberOf } from '@sluice/model'
import { combine, holds, isCleared } from './conditions.ts'
import type { Sight } from './conditions.ts'
import { compareObservations } from './memory.ts'
import type { Elapsed, Inputs, Memory, Observation, Step } from './memory.ts'

/** A state with what happened to it on the way. */
type Course = { state: RuleState; fired: Fired[] }

/**
 * The state a rule starts with: when it is made, edited or enabled again, and where a backtest begins. What already
 * holds does not fire; it has to be false (or the datastream has to speak) once before.
 * @param inputs the newest value of each datastream, with the last arrival of each
 * @param now the database's clock
 */
export function initialState(rule: Rule, inputs: Inputs, now: Micros): RuleState {
  const silenceUs = silenceOf(rule)
  const arrivedAt = lastArrival(rule, inputs)
  const isFrozen = silenceUs !== null && arrivedAt !== null && arrivedAt + silenceUs <= now
  const isTrue =
    rule.conditions[0]?.type === 'frozen'
      ? isFrozen
      : combine(
          rule.match,
          rule.conditions.map((condition) => holds(condition, standing(condition, inputs))),
        ) === true
  return { armed: rule.mode === 'level' || !isTrue, pending: null, firedAt: null, isFrozen }
}

/**
 * The wall-clock time at which `elapse` would do something, or null: the worker's timer.
 * It depends on the inputs as well as on the state, so it moves with every arrival that a `frozen` rule watches.
 */
export function dueAt(rule: Rule, { state, inputs }: Memory): Micros | null {
  if (rule.conditions[0]?.type === 'frozen') {
    const arrivedAt = lastArrival(rule, inputs)
    return state.isFrozen || arrivedAt === null ? null : arrivedAt + (silenceOf(rule) ?? 0)
  }
  const { pending, armed } = state
  if (!pending || !armed) return null
  return Math.max(pending.since + rule.forS * 1e6, pending.setAt + 1)
}

/**
 * Lets time pass: a duration or a silence that is complete at `now` fires, at its own nominal time. It makes no
 * difference how often this is called, nor whether the worker or the next value does it.
 * @param now the database's clock, not before any arrival in `memory`
 * @returns the same memory (===) when nothing was due
 */
export function elapse(rule: Rule, memory: Memory, now: Micros): Elapsed {
  const due = dueAt(rule, memory)
  if (due === null || now < due) return { memory, fired: [] }
  const course: Course = { state: memory.state, fired: [] }
  if (memory.state.pending) complete(rule, memory, course, due)
  else fallSilent(rule, memory, course, due)
  return { memory: { state: course.state, inputs: memory.inputs }, fired: course.fired }
}

/**
 * Evaluates one value. First time passes until it arrived; then the value itself is looked at.
 * @param observation of a datastream that the rule looks at, in the order of `compareObservations`
 * @returns `memory.state` is the same object (===) when the state did not change; nothing is modified
 */
export function observe(rule: Rule, memory: Memory, observation: Observation): Step {
  const { memory: before, fired } = elapse(rule, memory, observation.arrivedAt)
  const course: Course = { state: before.state, fired }
  const input = before.inputs.get(observation.datastreamId) ?? null
  // the flag of a row whose value was replaced later still tells how the first one arrived
  const isLate = observation.isLate || (input !== null && observation.at < input.at)
  const { held, verdict } =
    silenceOf(rule) === null
      ? observeValue(rule, before.inputs, course, { ...observation, isLate })
      : observeArrival(rule, before.inputs, course, observation)
  return {
    memory: { state: course.state, inputs: moved(before.inputs, observation, isLate) },
    fired: course.fired,
    verdict,
    held,
  }
}

/**
 * Evaluates what one commit stored.
 * @param observations in any order; those of other datastreams are left out
 * @returns `memory.state` is the same object (===) when the state is as before
 */
export function evaluateCommit(
  rule: Rule,
  memory: Memory,
  observations: readonly Observation[],
): { memory: Memory; fired: Fired[] } {
  const fired: Fired[] = []
  let after = memory
  for (const observation of observations.toSorted(compareObservations)) {
    if (!rule.conditions.some(({ datastreamId }) => datastreamId === observation.datastreamId)) continue
    const step = observe(rule, after, observation)
    after = step.memory
    fired.push(...step.fired)
  }
  const state = isSame(memory.state, after.state) ? memory.state : after.state
  return { memory: { state, inputs: after.inputs }, fired }
}

function observeValue(
  rule: Rule,
  inputs: Inputs,
  course: Course,
  observation: Observation,
): { held: (boolean | null)[]; verdict: Verdict } {
  const { isLate, at, arrivedAt } = observation
  if (isLate && rule.late === 'ignore') return { held: rule.conditions.map(() => null), verdict: 'late' }
  const { pending, armed } = course.state
  const firedBefore = course.fired.length
  // it held until now by the clock of the measurements, whatever this value says
  if (pending && armed && !isLate && at >= pending.since + rule.forS * 1e6) {
    complete(rule, { state: course.state, inputs }, course, arrivedAt)
  }
  const sights = rule.conditions.map((condition) => look(condition, inputs, observation))
  const held = rule.conditions.map((condition, index) => holds(condition, sights[index] as Sight))
  const isTrue = combine(rule.match, held)
  let verdict: Verdict = isReadable(rule, observation) ? 'incomplete' : 'not-numeric'
  if (isTrue) verdict = comeTrue(rule, course, observation)
  else if (isTrue === false) verdict = release(rule, sights, course, observation)
  // a value that completed a duration fired the rule, whatever it says itself
  return { held, verdict: course.fired.length > firedBefore ? 'fired' : verdict }
}

/** The rule is false: what was waiting is over, and it may come true again once it is far enough from the threshold. */
function release(rule: Rule, sights: readonly Sight[], course: Course, { isLate, at }: Observation): Verdict {
  const { state } = course
  // a late value breaks only a duration that it falls into
  const isBroken = state.pending !== null && (!isLate || at >= state.pending.since)
  const pending = isBroken ? null : state.pending
  if (repeats(rule)) {
    course.state = changed(state, { pending, armed: pending === null || state.armed })
    return 'false'
  }
  const mayRearm = rule.rearm === 'auto' || state.firedAt === null
  const armed =
    state.armed ||
    (mayRearm &&
      combine(
        rule.match === 'all' ? 'any' : 'all',
        rule.conditions.map((condition, index) => isCleared(condition, sights[index] as Sight, rule.hysteresis)),
      ) === true)
  course.state = changed(state, { pending, armed })
  return 'false'
}

/** The rule is true with this value. */
function comeTrue(rule: Rule, course: Course, observation: Observation): Verdict {
  const { state } = course
  const { at, arrivedAt, hops, datastreamId, value, isLate } = observation
  const firing: Fired = { at, cause: 'value', datastreamId, value, hops }
  if (rule.forS > 0) {
    // late values tell about the past; a duration that reaches to the present begins with the newest
    if (isLate) return 'late'
    if (state.pending) return state.armed ? 'waiting' : fire(rule, course, firing, arrivedAt)
    if (!state.armed && !repeats(rule)) return restVerdict(rule, state)
    course.state = changed(state, { armed: true, pending: { since: at, setAt: arrivedAt, hops } })
    return 'waiting'
  }
  if (repeats(rule)) return fire(rule, course, firing, arrivedAt)
  if (!state.armed) return restVerdict(rule, state)
  course.state = changed(state, { armed: false })
  return fire(rule, course, firing, arrivedAt)
}

/** `frozen` and `live` look at arrivals alone, late ones included. */
function observeArrival(
  rule: Rule,
  inputs: Inputs,
  course: Course,
  { at, arrivedAt, datastreamId, value, hops }: Observation,
): { held: (boolean | null)[]; verdict: Verdict } {
  const last = lastArrival(rule, inputs)
  const wasSilent = course.state.isFrozen || (last !== null && arrivedAt - last >= (silenceOf(rule) ?? 0))
  course.state = changed(course.state, { isFrozen: false })
  if (rule.conditions[0]?.type === 'frozen') {
    if (rule.rearm === 'auto' || course.state.firedAt === null) course.state = changed(course.state, { armed: true })
    return { held: [false], verdict: 'false' }
  }
  if (!wasSilent) return last === null ? { held: [null], verdict: 'incomplete' } : { held: [false], verdict: 'false' }
  const firing: Fired = { at, cause: 'value', datastreamId, value, hops }
  if (repeats(rule)) return { held: [true], verdict: fire(rule, course, firing, arrivedAt) }
  if (!course.state.armed) return { held: [true], verdict: restVerdict(rule, course.state) }
  course.state = changed(course.state, { armed: false })
  return { held: [true], verdict: fire(rule, course, firing, arrivedAt) }
}

/** The duration is complete. `clock`: when, as arrivals are counted. */
function complete(rule: Rule, { state, inputs }: Memory, course: Course, clock: Micros): void {
  const { pending } = state
  if (!pending) return
  // of several datastreams, the one of the first condition that holds
  const about = rule.conditions.find((condition) => holds(condition, standing(condition, inputs))) ?? rule.conditions[0]
  const at = pending.since + rule.forS * 1e6
  // while it stays true: a level rule fires with every value and keeps `pending`, disarmed, as the sign of that
  course.state = changed(state, { armed: false, pending: repeats(rule) ? pending : null })
  fire(rule, course, firingOf(about, inputs, { at, cause: 'duration', hops: pending.hops }), clock)
}

/** The silence is complete at `due`. */
function fallSilent(rule: Rule, { state, inputs }: Memory, course: Course, due: Micros): void {
  course.state = changed(state, { isFrozen: true, armed: false })
  if (!state.armed) return
  fire(rule, course, firingOf(rule.conditions[0], inputs, { at: due, cause: 'silence', hops: 0 }), due)
}

function firingOf(
  condition: Condition | undefined,
  inputs: Inputs,
  rest: { at: Micros; cause: FiringCause; hops: number },
): Fired {
  const datastreamId = condition?.datastreamId ?? ''
  return { ...rest, datastreamId, value: inputs.get(datastreamId)?.value ?? null }
}

/** Notes a firing, unless the last one is closer than the rule allows. */
function fire(rule: Rule, course: Course, firing: Fired, clock: Micros): Verdict {
  const { firedAt } = course.state
  if (rule.minIntervalS > 0 && firedAt !== null && clock - firedAt < rule.minIntervalS * 1e6) return 'too-soon'
  course.fired.push(firing)
  course.state = changed(course.state, { firedAt: clock })
  return 'fired'
}

/** Why a rule that is true does not fire. */
function restVerdict(rule: Rule, state: RuleState): Verdict {
  return rule.rearm === 'manual' && state.firedAt !== null ? 'not-armed' : 'still-true'
}

/** Whether every value for which the rule is true fires it. A change, or the end of a silence, is new each time. */
function repeats(rule: Rule): boolean {
  if (rule.mode === 'level') return true
  const type = rule.conditions[0]?.type
  return rule.rearm === 'auto' && (type === 'change' || type === 'live')
}

/** Microseconds of silence that a `frozen` or `live` rule is about, null for every other rule. */
function silenceOf({ conditions }: Rule): number | null {
  const condition = conditions[0]
  return condition?.type === 'frozen' || condition?.type === 'live' ? condition.afterS * 1e6 : null
}

function lastArrival({ conditions }: Rule, inputs: Inputs): Micros | null {
  return inputs.get(conditions[0]?.datastreamId ?? '')?.arrivedAt ?? null
}

/** What is known without a new value. */
function standing({ datastreamId }: Condition, inputs: Inputs): Sight {
  return { sample: inputs.get(datastreamId) ?? null, before: null }
}

function look({ datastreamId }: Condition, inputs: Inputs, observation: Observation): Sight {
  const input = inputs.get(datastreamId) ?? null
  return datastreamId === observation.datastreamId
    ? { sample: observation, before: input }
    : { sample: input, before: null }
}

/** Whether the conditions on this datastream could make something of its value: text is enough for `eq` and `change`. */
function isReadable(rule: Rule, { datastreamId, value }: Observation): boolean {
  return (
    numberOf(value) !== null ||
    rule.conditions.every((c) => c.datastreamId !== datastreamId || c.type === 'eq' || c.type === 'change')
  )
}

/** A late value replaces no input, but it is an arrival. */
function moved(inputs: Inputs, { datastreamId, at, value, arrivedAt }: Observation, isLate: boolean): Inputs {
  const input = inputs.get(datastreamId)
  const sample = isLate && input ? { at: input.at, value: input.value, arrivedAt } : { at, value, arrivedAt }
  return inputs.size < 2 && (input !== undefined || inputs.size === 0)
    ? new Map([[datastreamId, sample]])
    : new Map(inputs).set(datastreamId, sample)
}

/** The same object when nothing differs, so that callers need not write it. */
function changed(state: RuleState, members: Partial<RuleState>): RuleState {
  const next = { ...state, ...members }
  return isSame(state, next) ? state : next
}

function isSame(a: RuleState, b: RuleState): boolean {
  return (
    a === b ||
    (a.armed === b.armed &&
      a.firedAt === b.firedAt &&
      a.isFrozen === b.isFrozen &&
      a.pending?.since === b.pending?.since &&
      a.pending?.setAt === b.pending?.setAt &&
      a.pending?.hops === b.pending?.hops)
  )
}
