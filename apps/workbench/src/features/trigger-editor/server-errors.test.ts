import { expect, test } from 'vitest'
import { serverErrors } from './server-errors.ts'

test.each([
  {
    sentence: 'action.url is not an http or https URL',
    field: 'action.url',
    words: 'The address is not an http or https URL.',
  },
  { sentence: 'conditions[1].low can’t be blank', field: 'conditions.1.low', words: 'The lower bound can’t be blank.' },
  {
    sentence: 'conditions[0].threshold_value is not a number',
    field: 'conditions.0.threshold',
    words: 'The number is not a number.',
  },
  { sentence: 'for must be 0 with frozen', field: 'for', words: 'The duration must be 0 with frozen.' },
  { sentence: 'environment_id is invalid', field: 'feedId', words: 'The device is invalid.' },
  { sentence: 'feed 12 does not exist', field: 'feedId', words: 'feed 12 does not exist.' },
  {
    sentence: "stream_id is invalid: couldn't find datastream heat",
    field: 'conditions.1.streamId',
    words: 'This device has no such channel.',
  },
  {
    sentence: 'url is refused: 10.0.0.1 is private',
    field: 'action.url',
    words: 'The address is refused: 10.0.0.1 is private.',
  },
  {
    sentence: 'An account has at most 10000 triggers.',
    field: 'form',
    words: 'An account has at most 10000 triggers.',
  },
])('"$sentence" is shown at $field', ({ sentence, field, words }) => {
  expect(serverErrors([sentence], ['temperature', 'heat'])).toEqual({ [field]: words })
})

test('two sentences about one field are both shown', () => {
  expect(serverErrors(['hysteresis is not a number', 'hysteresis must not be negative'], [])).toEqual({
    hysteresis: 'Hysteresis is not a number. Hysteresis must not be negative.',
  })
})
