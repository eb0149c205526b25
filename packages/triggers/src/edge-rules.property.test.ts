import { RULE_DEFAULTS } from '@sluice/model'
import type { Condition, Micros, Rule } from '@sluice/model'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elapse, initialState } from './evaluate.ts'
import type { Memory, Observation } from './memory.ts'
import { replay } from './replay.ts'

type Point = { at: Micros; arrivedAt: Micros; value: string; isLate: boolean }
type V2 = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'change' | 'frozen' | 'live'

/** API v2's triggers, written down a second time and on their own. Thresholds and values are small integers or text. */
function reference(type: V2, threshold: string, points: readonly Point[], endAt: Micros): Micros[] {
  const fired: Micros[] = []
  let wasTrue = false
  let previous: string | undefined
  points.forEach((point, index) => {
    const lastArrival = points[index - 1]?.arrivedAt
    const gap = lastArrival === undefined ? 0 : point.arrivedAt - lastArrival
    const isSilent = gap >= 900e6
    if (type === 'frozen' && isSilent && lastArrival !== undefined) fired.push(lastArrival + 900e6)
    if (type === 'live' && isSilent) fired.push(point.at)
    if (point.isLate || type === 'frozen' || type === 'live') return
    if (type === 'change') {
      if (previous !== undefined && previous !== point.value) fired.push(point.at)
      previous = point.value
      return
    }
    const [value, limit] = [Number(point.value), Number(threshold)]
    if (Number.isNaN(value) && type !== 'eq') return
    const isTrue = {
      gt: value > limit,
      gte: value >= limit,
      lt: value < limit,
      lte: value <= limit,
      eq: value === limit,
    }[type]
    if (isTrue && !wasTrue) fired.push(point.at)
    wasTrue = isTrue
  })
  const last = points.at(-1)
  if (type === 'frozen' && last && last.arrivedAt + 900e6 <= endAt) fired.push(last.arrivedAt + 900e6)
  return fired
}

const point = fc.record({
  gapS: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 890, max: 910 })),
  agoS: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 61, max: 500 }) }),
  value: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -2, max: 2 }).map(String) },
    { weight: 1, arbitrary: fc.constant('off') },
  ),
})

test.each<V2>(['gt', 'gte', 'lt', 'lte', 'eq', 'change', 'frozen', 'live'])('%s fires where API v2 says', (type) => {
  let firings = 0
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), fc.integer({ min: -1, max: 1 }), (series, threshold) => {
      let now = 1_800_000_000
      let newest = 0
      const points = series.map(({ gapS, agoS, value }) => {
        now += gapS
        const at = now - agoS
        const isLate = at < newest
        newest = Math.max(newest, at)
        return { at: at * 1e6, arrivedAt: now * 1e6, value, isLate }
      })
      const condition = (
        ['change', 'frozen', 'live'].includes(type) ? { type, afterS: 900 } : { type, threshold: String(threshold) }
      ) as Condition
      const rule: Rule = { ...RULE_DEFAULTS, conditions: [{ ...condition, datastreamId: 't' }] }
      const inputs = new Map([['t', null]])
      const start: Memory = { inputs, state: initialState(rule, inputs, 0) }
      const observations: Observation[] = points.map((each) => ({ ...each, datastreamId: 't', hops: 0 }))
      const steps = [...replay(rule, start, observations)]
      const rest = elapse(rule, steps.at(-1)?.memory ?? start, now * 1e6 + 900e6)
      const fired = [...steps.flatMap((step) => step.fired), ...rest.fired]
      expect(fired.map(({ at }) => at)).toEqual(reference(type, String(threshold), points, now * 1e6 + 900e6))
      firings += fired.length
    }),
    { numRuns: 500 },
  )
  expect(firings).toBeGreaterThan(100)
})
