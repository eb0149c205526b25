import { expect, test } from 'vitest'
import { elapse, evaluateCommit } from './evaluate.ts'
import { outcomeOf } from './outcome.ts'
import { memoryOf, observationOf, ruleOf } from './scenario.ts'

test('what is kept: the state, the timer, the firings, and every input', () => {
  const rule = ruleOf({
    forS: 60,
    match: 'any',
    conditions: [
      { datastreamId: 't', type: 'gt', threshold: '30' },
      { datastreamId: '__proto__', type: 'gt', threshold: '30' },
    ],
  })
  const step = evaluateCommit(rule, memoryOf(rule), [observationOf('5 31')])
  expect(outcomeOf(rule, step)).toEqual({
    state: { armed: true, pending: { since: 5e6, setAt: 5e6, hops: 0 }, firedAt: null, isFrozen: false },
    dueAt: 65e6,
    fired: [],
    values: Object.fromEntries([
      ['t', '31'],
      ['__proto__', null],
    ]),
  })
  const later = outcomeOf(rule, elapse(rule, step.memory, 65e6))
  expect(later).toMatchObject({ dueAt: null, state: { armed: false, firedAt: 65e6 } })
  expect(later.fired).toEqual([{ at: 65e6, cause: 'duration', datastreamId: 't', value: '31', hops: 0 }])
})
