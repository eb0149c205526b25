import type { Rule } from '@sluice/model'
import { expect, test } from 'vitest'
import { describeRule, describeSeconds } from './describe.ts'
import { ruleOf } from './scenario.ts'

test.each<[Partial<Rule>, string]>([
  [{}, 't > 30'],
  [{ forS: 600 }, 't > 30 for 10 min'],
  [{ conditions: [{ datastreamId: 't', type: 'gte', threshold: '20.50' }] }, 't ≥ 20.50'],
  [{ conditions: [{ datastreamId: 't', type: 'lt', threshold: '-1' }] }, 't < -1'],
  [{ conditions: [{ datastreamId: 't', type: 'lte', threshold: '0' }] }, 't ≤ 0'],
  [{ conditions: [{ datastreamId: 'door', type: 'eq', threshold: 'open' }], forS: 90 }, 'door = open for 90 s'],
  [{ conditions: [{ datastreamId: 't', type: 'between', low: '10', high: '20' }] }, 't within 10 … 20'],
  [{ conditions: [{ datastreamId: 't', type: 'outside', low: '10', high: '20' }] }, 't outside 10 … 20'],
  [{ conditions: [{ datastreamId: 't', type: 'rise', threshold: '5', perS: 3600 }] }, 't rises by more than 5 in 1 h'],
  [{ conditions: [{ datastreamId: 't', type: 'fall', threshold: '5', perS: 1 }] }, 't falls by more than 5 in 1 s'],
  [{ conditions: [{ datastreamId: 't', type: 'change' }] }, 't changes'],
  [{ conditions: [{ datastreamId: 't', type: 'frozen', afterS: 900 }] }, 't is silent for 15 min'],
  [{ conditions: [{ datastreamId: 't', type: 'live', afterS: 900 }] }, 't is back after 15 min of silence'],
  [
    {
      conditions: [
        { datastreamId: 'a', type: 'gt', threshold: '1' },
        { datastreamId: 'b', type: 'lt', threshold: '2' },
      ],
      match: 'any',
      forS: 60,
    },
    '(a > 1 or b < 2) for 1 min',
  ],
  [
    {
      conditions: [
        { datastreamId: 'a', type: 'gt', threshold: '1' },
        { datastreamId: 'b', type: 'lt', threshold: '2' },
      ],
    },
    'a > 1 and b < 2',
  ],
  [
    { mode: 'level', hysteresis: '0.5', minIntervalS: 300, rearm: 'manual', late: 'evaluate' },
    't > 30, with every value, hysteresis 0.5, at most every 5 min, once until armed again, late values too',
  ],
  [{ hysteresis: '0.00' }, 't > 30'],
])('%o: %s', (members, sentence) => {
  expect(describeRule(ruleOf(members))).toBe(sentence)
})

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [90, '90 s'],
  [3600, '1 h'],
  [5400, '90 min'],
  [172_800, '2 d'],
])('%d is %s', (seconds, text) => {
  expect(describeSeconds(seconds)).toBe(text)
})
