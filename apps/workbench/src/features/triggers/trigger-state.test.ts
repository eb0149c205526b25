import { expect, test } from 'vitest'
import { triggerState } from './trigger-state.ts'

const above = [{ stream_id: 't', trigger_type: 'gt' as const, threshold_value: '1' }]
const trigger = { enabled: true, armed: true, mode: 'edge', rearm: 'auto', firings: 3, conditions: above } as const

test.each([
  { change: {}, endpoint: 'ok', state: 'armed' },
  { change: {}, endpoint: undefined, state: 'armed' },
  { change: { armed: false }, endpoint: 'ok', state: 'fired' },
  { change: { armed: false, firings: 0 }, endpoint: 'ok', state: 'true-already' },
  { change: { armed: false, rearm: 'manual' }, endpoint: 'ok', state: 'spent' },
  { change: { armed: false, mode: 'level' }, endpoint: 'ok', state: 'armed' },
  { change: { armed: false, conditions: [{ stream_id: 't', trigger_type: 'change' }] }, state: 'armed' },
  { change: {}, endpoint: 'failing', state: 'failing' },
  { change: {}, endpoint: 'paused', state: 'held' },
  { change: {}, endpoint: 'disabled', state: 'disabled' },
  { change: { enabled: false }, endpoint: 'failing', state: 'paused' },
] as const)('$change, endpoint $endpoint: $state', ({ change, state, ...rest }) => {
  const endpoint = 'endpoint' in rest && rest.endpoint !== undefined ? { state: rest.endpoint } : undefined
  expect(
    triggerState(
      { ...trigger, ...change, conditions: [...('conditions' in change ? change.conditions : above)] },
      endpoint,
    ),
  ).toBe(state)
})
