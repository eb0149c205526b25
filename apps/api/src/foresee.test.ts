import { RULE_DEFAULTS, type Condition, type Rule } from '@sluice/model'
import type { WatchingTrigger } from '@sluice/store'
import { expect, test } from 'vitest'
import { foreseeAll, isCovered } from './foresee.ts'

const above: Condition = { datastreamId: 't', type: 'gt', threshold: '30' }
const NEWEST = { at: 100, value: '20', arrivedAt: 1000 }

function triggerOf(rule: Partial<Rule>, armed: boolean): WatchingTrigger {
  return {
    id: 1,
    accountId: 1,
    feedId: 1,
    endpointId: 1,
    name: 'Too warm',
    user: 'ann',
    rule: { ...RULE_DEFAULTS, conditions: [above], ...rule },
    action: { kind: 'publish', topic: 'a.b' },
    streamKeys: { t: 7 },
    state: { armed, pending: null, firedAt: null, isFrozen: false },
    firings: 0,
    isIdle: true,
  }
}

test.each<{ name: string; rule?: Partial<Rule>; armed?: boolean; points: [number, string][]; foreseen: boolean }>([
  { name: 'below the threshold', points: [[101, '29']], foreseen: true },
  { name: 'a crossing', points: [[101, '31']], foreseen: false },
  {
    name: 'a crossing between two others',
    points: [
      [101, '29'],
      [102, '31'],
      [103, '29'],
    ],
    foreseen: false,
  },
  { name: 'above, and fired already', armed: false, points: [[101, '31']], foreseen: true },
  { name: 'what would arm it again', armed: false, points: [[101, '29']], foreseen: false },
  { name: 'a late crossing', points: [[99, '31']], foreseen: true },
  { name: 'a late crossing that counts', rule: { late: 'evaluate' }, points: [[99, '31']], foreseen: false },
  { name: 'a rule that waits', rule: { forS: 60 }, points: [[101, '29']], foreseen: false },
  { name: 'a rule with a pause', rule: { minIntervalS: 60 }, points: [[101, '29']], foreseen: false },
  {
    name: 'a rule about silence',
    rule: { conditions: [{ datastreamId: 't', type: 'live', afterS: 900 }] },
    points: [[101, '29']],
    foreseen: false,
  },
])('$name: foreseen $foreseen', ({ rule = {}, armed = true, points, foreseen }) => {
  const cache = new Map([[7, { revision: 3, triggers: [triggerOf(rule, armed)], newest: NEWEST }]])
  const write = { points: points.map(([at, value]) => ({ streamKey: 7, datastreamId: 't', at, value })) }
  const guards = foreseeAll({ cache, watched: { touches: () => true } }, [write])
  expect(isCovered(write, guards)).toBe(foreseen)
  if (foreseen) expect(guards.get(7)).toEqual({ revision: 3, arrivedAt: NEWEST.arrivedAt })
})

test('of what is not remembered nothing is foreseen; without triggers it has to have none', () => {
  const write = { points: [{ streamKey: 7, datastreamId: 't', at: 1, value: '1' }] }
  const cache = new Map([[7, { revision: 3, triggers: [triggerOf({}, true)] }]])
  expect(isCovered(write, foreseeAll({ cache, watched: { touches: () => true } }, [write]))).toBe(false)
  expect(isCovered(write, foreseeAll({ cache: new Map(), watched: { touches: () => true } }, [write]))).toBe(false)
  expect(foreseeAll({ cache, watched: { touches: () => false } }, [write]).get(7)).toBeNull()
})
