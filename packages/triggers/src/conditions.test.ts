import type { Condition } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { combine, holds, isCleared } from './conditions.ts'
import type { Sight } from './conditions.ts'

type Asked = Condition extends infer Each ? (Each extends Condition ? Omit<Each, 'datastreamId'> : never) : never

const on = (asked: Asked): Condition => ({ datastreamId: 't', ...asked })
/** `31`, or `10 31` for the value before and the value, a minute later. */
function sight(text: string): Sight {
  const [value = '', before] = text.split(' ').toReversed()
  return {
    sample: { at: 60e6, value, arrivedAt: 60e6 },
    before: before === undefined ? null : { at: 0, value: before, arrivedAt: 0 },
  }
}

describe('a condition', () => {
  test.each<[Asked, string, boolean | null]>([
    [{ type: 'gt', threshold: '30' }, '30.0', false],
    [{ type: 'gt', threshold: '30' }, '30.00000000000000000001', true],
    [{ type: 'gte', threshold: '30' }, '3e1', true],
    [{ type: 'gte', threshold: '30' }, '29.99999999999999999999', false],
    [{ type: 'lt', threshold: '30' }, '30', false],
    [{ type: 'lt', threshold: '-30' }, '-30.1', true],
    [{ type: 'lte', threshold: '30' }, '30', true],
    [{ type: 'lte', threshold: '30' }, '30.1', false],
    [{ type: 'eq', threshold: '20' }, '20.0', true],
    [{ type: 'eq', threshold: '20' }, '20.0000000000000000001', false],
    [{ type: 'eq', threshold: '20' }, 'twenty', false],
    [{ type: 'eq', threshold: 'on' }, 'on', true],
    [{ type: 'eq', threshold: 'on' }, 'ON', false],
    [{ type: 'eq', threshold: '1e999' }, '1e999', true],
    [{ type: 'between', low: '10', high: '20' }, '10', true],
    [{ type: 'between', low: '10', high: '20' }, '20.0', true],
    [{ type: 'between', low: '10', high: '20' }, '20.1', false],
    [{ type: 'between', low: '10', high: '20' }, 'x', null],
    [{ type: 'outside', low: '10', high: '20' }, '10', false],
    [{ type: 'outside', low: '10', high: '20' }, '9.9', true],
    [{ type: 'outside', low: '10', high: '20' }, '21', true],
    [{ type: 'outside', low: '10', high: '20' }, 'x', null],
    [{ type: 'gt', threshold: '30' }, 'hot', null],
    [{ type: 'gt', threshold: 'hot' }, '30', null],
    [{ type: 'change' }, 'a a', false],
    [{ type: 'change' }, '20 20.0', true],
    [{ type: 'change' }, 'a', null],
    [{ type: 'rise', threshold: '5', perS: 60 }, '10 15', false],
    [{ type: 'rise', threshold: '5', perS: 60 }, '10 15.0000000000000000001', true],
    [{ type: 'rise', threshold: '5', perS: 3600 }, '10 10.1', true],
    [{ type: 'rise', threshold: '5', perS: 1 }, '10 15.1', false],
    [{ type: 'rise', threshold: '5', perS: 60 }, '15 5', false],
    [{ type: 'rise', threshold: '0', perS: 60 }, '15 15', false],
    [{ type: 'rise', threshold: '5', perS: 60 }, '15', null],
    [{ type: 'rise', threshold: '5', perS: 60 }, 'x 15', null],
    [{ type: 'rise', threshold: '5', perS: 60 }, '15 x', null],
    [{ type: 'fall', threshold: '5', perS: 60 }, '15 9.9', true],
    [{ type: 'fall', threshold: '5', perS: 60 }, '15 10', false],
    [{ type: 'fall', threshold: '5', perS: 60 }, '10 15', false],
    [{ type: 'frozen', afterS: 900 }, '15', null],
    [{ type: 'live', afterS: 900 }, '15', null],
  ])('%o with %s: %s', (asked, values, expected) => {
    expect(holds(on(asked), sight(values))).toBe(expected)
  })

  test.each<[Asked]>([[{ type: 'gt', threshold: '1' }], [{ type: 'eq', threshold: '1' }], [{ type: 'change' }]])(
    '%o without a value is not known',
    (asked) => {
      expect(holds(on(asked), { sample: null, before: null })).toBeNull()
    },
  )

  test('a slope needs time between its values', () => {
    const { sample } = sight('20')
    expect(holds(on({ type: 'rise', threshold: '0', perS: 1 }), { sample, before: sample })).toBeNull()
  })
})

describe('cleared', () => {
  test.each<[Asked, string, string, boolean | null]>([
    [{ type: 'gt', threshold: '30' }, '0', '30', true],
    [{ type: 'gt', threshold: '30' }, '0.0', '30.1', false],
    [{ type: 'gt', threshold: '30' }, '2', '28.1', false],
    [{ type: 'gt', threshold: '30' }, '2', '28', true],
    [{ type: 'gte', threshold: '30' }, '2', '28', false],
    [{ type: 'gte', threshold: '30' }, '2', '27.9', true],
    [{ type: 'lt', threshold: '30' }, '2', '31.9', false],
    [{ type: 'lt', threshold: '30' }, '2', '32', true],
    [{ type: 'lte', threshold: '30' }, '2', '32', false],
    [{ type: 'lte', threshold: '30' }, '2', '32.1', true],
    [{ type: 'between', low: '10', high: '20' }, '1', '21', false],
    [{ type: 'between', low: '10', high: '20' }, '1', '21.1', true],
    [{ type: 'between', low: '10', high: '20' }, '1', '9', false],
    [{ type: 'between', low: '10', high: '20' }, '1', '8.9', true],
    [{ type: 'outside', low: '10', high: '20' }, '1', '10.9', false],
    [{ type: 'outside', low: '10', high: '20' }, '1', '11', true],
    [{ type: 'outside', low: '10', high: '20' }, '1', '19', true],
    [{ type: 'outside', low: '10', high: '20' }, '1', '19.1', false],
    [{ type: 'eq', threshold: '20' }, '5', '20.1', true],
    [{ type: 'change' }, '5', 'a a', true],
    [{ type: 'rise', threshold: '5', perS: 60 }, '2', '10 13.1', false],
    [{ type: 'rise', threshold: '5', perS: 60 }, '2', '10 13', true],
    [{ type: 'fall', threshold: '5', perS: 60 }, '2', '13.1 10', false],
    [{ type: 'fall', threshold: '5', perS: 60 }, '2', '13 10', true],
    [{ type: 'gt', threshold: '30' }, '2', 'x', null],
  ])('%o, hysteresis %s, with %s: %s', (asked, hysteresis, values, expected) => {
    expect(isCleared(on(asked), sight(values), hysteresis)).toBe(expected)
  })
})

test.each<['all' | 'any', (boolean | null)[], boolean | null]>([
  ['all', [true, true], true],
  ['all', [true, null], null],
  ['all', [false, null], false],
  ['any', [false, false], false],
  ['any', [false, null], null],
  ['any', [true, null], true],
])('%s of %o: %s', (match, results, expected) => {
  expect(combine(match, results)).toBe(expected)
})
