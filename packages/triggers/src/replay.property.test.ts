import type { Condition, Fired, Micros, Rule, RuleState } from '@sluice/model'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueAt, elapse, evaluateCommit, initialState } from './evaluate.ts'
import { compareObservations } from './memory.ts'
import type { Inputs, Memory, Observation } from './memory.ts'
import { replay, replayStream } from './replay.ts'

const S = 1e6
const STREAMS = ['a', 'b'] as const
const number = fc.integer({ min: 0, max: 9 }).map(String)
const seconds = fc.constantFrom(1, 3, 10)

const comparison = fc.oneof(
  fc.record({ type: fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq'), threshold: number }),
  fc
    .record({ type: fc.constantFrom('between', 'outside'), low: number, width: fc.integer({ min: 0, max: 6 }) })
    .map(({ type, low, width }) => ({ type, low, high: String(Number(low) + width) })),
)
const alone = fc.oneof(
  comparison,
  fc.record({ type: fc.constantFrom('rise', 'fall'), threshold: number, perS: seconds }),
  fc.constant({ type: 'change' as const }),
)
const silence = fc.record({ type: fc.constantFrom('frozen', 'live'), afterS: seconds })

const rest = {
  match: fc.constantFrom('all', 'any'),
  mode: fc.constantFrom('edge', 'level'),
  forS: fc.constantFrom(0, 3, 10),
  hysteresis: fc.constantFrom('0', '0.5', '2'),
  minIntervalS: fc.constantFrom(0, 0, 4, 15),
  rearm: fc.constantFrom('auto', 'auto', 'manual'),
  late: fc.constantFrom('ignore', 'evaluate'),
} as const
const on = (datastreamId: string, asked: object): Condition => ({ datastreamId, ...asked }) as Condition
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ ...rest, conditions: alone.map((asked) => [on('a', asked)]) }),
  fc.record({
    ...rest,
    conditions: fc.array(
      fc.tuple(fc.constantFrom(...STREAMS), comparison).map(([id, asked]) => on(id, asked)),
      { minLength: 2, maxLength: 4 },
    ),
  }),
  fc.record({
    ...rest,
    conditions: silence.map((asked) => [on('a', asked)]),
    mode: fc.constant('edge'),
    forS: fc.constant(0),
    hysteresis: fc.constant('0'),
  }),
)

/** What one commit stores: mostly new values, some late, some ahead of the clock; and when the worker looked before it. */
const commit = fc.record({
  gapUs: fc.oneof(
    fc.integer({ min: 1, max: 12 }).map((s) => s * S),
    fc.constant(1),
    fc.integer({ min: 1, max: 12 * S }),
  ),
  points: fc.array(
    fc.record({
      datastreamId: fc.constantFrom(...STREAMS),
      agoS: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -5, max: 30 })),
      value: fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: fc.constant('x') }),
      hops: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  looks: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
})
type Commit = typeof commit extends fc.Arbitrary<infer Each> ? Each : never

/** What a database would hold: rows, and of each datastream its newest value and last arrival. */
function store(
  commits: readonly Commit[],
  startAt: Micros,
): { arrivedAt: Micros; rows: Observation[]; looks: Micros[] }[] {
  const newest = new Map<string, Micros>()
  const taken = new Set<string>()
  let now = startAt
  return commits.map(({ gapUs, points, looks }) => {
    const from = now
    now += gapUs
    const known = new Map(newest)
    const rows: Observation[] = []
    for (const { datastreamId, agoS, value, hops } of points) {
      const at = Math.round((now - agoS * S) / S) * S
      // identity is (datastream, at): the same again is stored once
      if (taken.has(`${datastreamId} ${at}`)) continue
      taken.add(`${datastreamId} ${at}`)
      newest.set(datastreamId, Math.max(at, newest.get(datastreamId) ?? at))
      const isLate = at < (known.get(datastreamId) ?? at)
      rows.push({ datastreamId, at, arrivedAt: now, value, hops, isLate })
    }
    return {
      arrivedAt: now,
      rows,
      looks: looks.map((share) => from + Math.round(share * gapUs)).toSorted((a, b) => a - b),
    }
  })
}

function inputsOf(rule: Rule, rows: readonly Observation[]): Inputs {
  return new Map(
    rule.conditions.map(({ datastreamId }) => {
      const own = rows.filter((row) => row.datastreamId === datastreamId)
      const [newest] = own.toSorted((a, b) => b.at - a.at)
      const sample = newest && {
        at: newest.at,
        value: newest.value,
        arrivedAt: Math.max(...own.map((row) => row.arrivedAt)),
      }
      return [datastreamId, sample ?? null]
    }),
  )
}

/** As it happens: the state is read and written as JSON, the inputs come from the datastreams, the worker looks at times. */
function live(
  rule: Rule,
  before: readonly Observation[],
  startAt: Micros,
  commits: ReturnType<typeof store>,
): { fired: Fired[]; state: RuleState; inputs: Inputs } {
  const rows = [...before]
  let state = initialState(rule, inputsOf(rule, rows), startAt)
  const fired: Fired[] = []
  const keep = (result: { memory: Memory; fired: Fired[] }): void => {
    state = JSON.parse(JSON.stringify(result.memory.state)) as RuleState
    fired.push(...result.fired)
  }
  for (const { looks, rows: stored } of commits) {
    for (const now of looks) keep(elapse(rule, { state, inputs: inputsOf(rule, rows) }, now))
    keep(evaluateCommit(rule, { state, inputs: inputsOf(rule, rows) }, stored))
    rows.push(...stored)
  }
  return { fired, state, inputs: inputsOf(rule, rows) }
}

const seen = { value: 0, duration: 0, silence: 0 }

test('a replay of the stored rows fires exactly what was fired live, whenever the worker looked', async () => {
  await fc.assert(
    fc.asyncProperty(
      rule,
      fc.array(commit, { minLength: 1, maxLength: 30 }),
      fc.record({ known: fc.nat(4), size: fc.integer({ min: 1, max: 9 }), tailUs: fc.nat(30 * S) }),
      async (rule, commits, { known, size, tailUs }) => {
        const startAt = 1_800_000_000 * S
        const all = store(commits, startAt)
        const [earlier, later] = [all.slice(0, known), all.slice(known)]
        const begin = earlier.at(-1)?.arrivedAt ?? startAt
        const endAt = (all.at(-1)?.arrivedAt ?? startAt) + tailUs
        const before = earlier.flatMap(({ rows }) => rows)
        const happened = live(rule, before, begin, later)
        const rest = elapse(rule, happened, endAt)
        const expected = [...happened.fired, ...rest.fired]

        const watched = new Set<string>(rule.conditions.map(({ datastreamId }) => datastreamId))
        const rows = later
          .flatMap((each) => each.rows)
          .filter((row) => watched.has(row.datastreamId))
          .sort(compareObservations)
        const inputs = inputsOf(rule, before)
        const start = { state: initialState(rule, inputs, begin), inputs }
        const steps = [...replay(rule, start, rows)]
        const last = elapse(rule, steps.at(-1)?.memory ?? start, endAt)
        expect([...steps.flatMap(({ fired }) => fired), ...last.fired]).toEqual(expected)
        expect(last.memory.state).toEqual(rest.memory.state)
        expect(steps.at(-1)?.memory.inputs ?? inputs).toEqual(happened.inputs)

        const streamed: Fired[] = []
        const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
          rows.slice(index * size, (index + 1) * size),
        )
        for await (const { fired } of replayStream(rule, start, batches, endAt)) streamed.push(...fired)
        expect(streamed).toEqual(expected)
        for (const { cause } of expected) seen[cause]++
      },
    ),
    { numRuns: 3000 },
  )
  // it would prove nothing if rules rarely fired
  expect(Math.min(seen.value, seen.duration, seen.silence)).toBeGreaterThan(100)
}, 60_000)

test('nothing happens before it is due, and something does when it is', () => {
  let due = 0
  fc.assert(
    fc.property(rule, fc.array(commit, { minLength: 1, maxLength: 12 }), (rule, commits) => {
      const start = { state: initialState(rule, inputsOf(rule, []), 0), inputs: inputsOf(rule, []) }
      const rows = store(commits, 1_800_000_000 * S).flatMap((each) => each.rows)
      const { memory } = evaluateCommit(rule, start, rows)
      const at = dueAt(rule, memory)
      if (at === null) {
        expect(elapse(rule, memory, 1e16).memory).toBe(memory)
        return
      }
      due++
      expect(elapse(rule, memory, at - 1).memory).toBe(memory)
      const after = elapse(rule, memory, at).memory
      expect(after.state).not.toEqual(memory.state)
      expect(dueAt(rule, after)).toBeNull()
    }),
    { numRuns: 1000 },
  )
  expect(due).toBeGreaterThan(50)
})
