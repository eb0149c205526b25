import type { Condition, Rule } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { observe } from './evaluate.ts'
import { memoryOf, observationOf, play, ruleOf } from './scenario.ts'

const above30: Condition = { datastreamId: 't', type: 'gt', threshold: '30' }
type Row = [name: string, rule: Partial<Rule>, lines: string[], firings: string[]]

describe('edge and level', () => {
  test.each<Row>([
    ['a first value may fire', {}, ['0 31 fired'], ['0 value 31']],
    [
      'it fires when it comes true, not while it stays true',
      {},
      ['0 20 false', '1 31 fired', '2 32 still-true', '3 30 false', '4 31 fired'],
      ['1 value 31', '4 value 31'],
    ],
    [
      'level fires with every value for which it is true',
      { mode: 'level' },
      ['0 31 fired', '1 32 fired', '2 30 false', '3 31 fired'],
      ['0 value 31', '1 value 32', '3 value 31'],
    ],
    [
      'a value that is no number neither fires nor arms',
      {},
      ['0 31 fired', '1 broken not-numeric', '2 31 still-true', '3 29 false', '4 broken not-numeric', '5 31 fired'],
      ['0 value 31', '5 value 31'],
    ],
    [
      'hysteresis: it has to go back that far first',
      { hysteresis: '2' },
      ['0 31 fired', '1 29 false', '2 31 still-true', '3 28 false', '4 31 fired'],
      ['0 value 31', '4 value 31'],
    ],
    [
      'a change is new each time, also two in a row',
      { conditions: [{ datastreamId: 't', type: 'change' }] },
      ['0 a incomplete', '1 a false', '2 b fired', '3 c fired', '4 c false'],
      ['2 value b', '3 value c'],
    ],
    [
      'a slope needs two values',
      { conditions: [{ datastreamId: 't', type: 'rise', threshold: '5', perS: 60 }] },
      [
        '0 10 incomplete',
        '60 16 fired',
        '120 22 still-true',
        '180 23 false',
        '240 30 fired',
        '300 x not-numeric',
        '360 9 incomplete',
      ],
      ['60 value 16', '240 value 30'],
    ],
    [
      'text is equal or not, and that is enough',
      { conditions: [{ datastreamId: 't', type: 'eq', threshold: 'open' }] },
      ['0 closed false', '1 open fired', '2 open still-true', '3 7 false', '4 open fired'],
      ['1 value open', '4 value open'],
    ],
    [
      'another value at the same time takes the place of the first',
      {},
      ['0 20 false', '5 20 false', '5@6 31 fired'],
      ['5 value 31'],
    ],
  ])('%s', (_, rule, lines, firings) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule)), lines)).toEqual({ lines, firings })
  })
})

describe('for a duration', () => {
  const forAMinute = { forS: 60 }
  test.each<Row>([
    [
      'the clock completes it, and it does not fire again while it stays true',
      forAMinute,
      ['0 31 waiting', '30 32 waiting', '59 elapse', '60 elapse', '61 elapse', '70 33 still-true', '500 33 still-true'],
      ['60 duration 32'],
    ],
    [
      'the next value notices what the clock completed',
      forAMinute,
      ['0 31 waiting', '90 20 false'],
      ['60 duration 31'],
    ],
    [
      'a false value in between starts it anew',
      forAMinute,
      ['0 31 waiting', '40 30 false', '50 31 waiting', '100 31 waiting', '110 elapse'],
      ['110 duration 31'],
    ],
    [
      'by the clock of measurements, when values come in bulk',
      forAMinute,
      ['0@9000 31 waiting', '59@9000 31 waiting', '60@9000 20 fired', '61@9000 31 waiting', '90@9000 20 false'],
      ['60 duration 31'],
    ],
    [
      'what is old when it arrives is complete in the next moment, not in the same commit',
      forAMinute,
      ['0@9000 31 waiting', '9000 elapse', '9001 elapse'],
      ['60 duration 31'],
    ],
    [
      'a device whose clock is ahead waits for the wall clock',
      forAMinute,
      ['100@0 31 waiting', '60 elapse', '120@60 31 waiting', '159 elapse', '160 elapse'],
      ['160 duration 31'],
    ],
    [
      'what is no number does not break it',
      forAMinute,
      ['0 31 waiting', '30 broken not-numeric', '60 elapse'],
      ['60 duration broken'],
    ],
    [
      'level: once complete, every further value fires, until it is false',
      { forS: 60, mode: 'level' },
      ['0 31 waiting', '60 elapse', '70 32 fired', '80 30 false', '90 31 waiting', '100 elapse', '150@151 33 fired'],
      ['60 duration 31', '70 value 32', '150 duration 31', '150 value 33'],
    ],
    [
      'with hysteresis, false cancels, and only far below arms',
      { forS: 60, hysteresis: '2' },
      ['0 31 waiting', '60 elapse', '70 29 false', '80 31 still-true', '90 28 false', '100 31 waiting', '110 29 false'],
      ['60 duration 31'],
    ],
  ])('%s', (_, rule, lines, firings) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule)), lines)).toEqual({ lines, firings })
  })
})

describe('interval, arming, late values', () => {
  test.each<Row>([
    [
      'firings closer than the interval are left out, and count as fired',
      { minIntervalS: 60 },
      ['0 31 fired', '10 20 false', '20 31 too-soon', '70 32 still-true', '80 20 false', '90 31 fired'],
      ['0 value 31', '90 value 31'],
    ],
    [
      'the interval is of arrivals, not of measurements',
      { minIntervalS: 60, mode: 'level' },
      ['0@100 31 fired', '90@100 31 too-soon', '91@159 31 too-soon', '92@160 31 fired'],
      ['0 value 31', '92 value 31'],
    ],
    [
      'manual: once, until a person arms it',
      { rearm: 'manual' },
      ['0 31 fired', '10 20 false', '20 31 not-armed'],
      ['0 value 31'],
    ],
    [
      'manual holds for changes, too',
      { rearm: 'manual', conditions: [{ datastreamId: 't', type: 'change' }] },
      ['0 a incomplete', '1 b fired', '2 c not-armed'],
      ['1 value b'],
    ],
    [
      'a late value is ignored',
      {},
      ['10 20 false', '5@11 31 late', '12 31 fired', '6@13 20 late', '14 31 still-true'],
      ['12 value 31'],
    ],
    [
      'or evaluated when it arrives, and never becomes the input',
      { late: 'evaluate', conditions: [above30, { datastreamId: 'b', type: 'gt', threshold: '0' }] },
      ['10 20 false', '10 b=1 false', '5@11 31 fired', '12 b=2 false', '13 31 fired'],
      ['5 value 31', '13 value 31'],
    ],
    [
      'a late value breaks a duration that it falls into, and begins none',
      { late: 'evaluate', forS: 60 },
      [
        '100 31 waiting',
        '90@110 20 false',
        '120 31 waiting',
        '110@130 20 false',
        '140 31 waiting',
        '20@150 31 late',
        '200 elapse',
      ],
      ['200 duration 31'],
    ],
    [
      'a late one is compared with the input that it does not replace',
      { late: 'evaluate', conditions: [{ datastreamId: 't', type: 'rise', threshold: '0', perS: 1 }] },
      ['10 20 incomplete', '5@11 31 incomplete', '12 25 fired'],
      ['12 value 25'],
    ],
  ])('%s', (_, rule, lines, firings) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule)), lines)).toEqual({ lines, firings })
  })

  test('a person arms it again', () => {
    const rule = ruleOf({ rearm: 'manual' })
    const { memory } = observe(rule, memoryOf(rule), observationOf('0 31'))
    const armed = { ...memory, state: { ...memory.state, armed: true } }
    const lines = ['10 32 fired', '11 32 not-armed']
    expect(play(rule, armed, lines)).toEqual({ lines, firings: ['10 value 32'] })
  })

  test('the flag alone makes a value late', () => {
    const rule = ruleOf({})
    expect(observe(rule, memoryOf(rule), { ...observationOf('0 31'), isLate: true }).verdict).toBe('late')
  })
})

describe('several datastreams', () => {
  const both: Condition[] = [above30, { datastreamId: 'b', type: 'lt', threshold: '5' }]
  test.each<Row>([
    [
      'all: known when the last one has a value',
      { conditions: both },
      [
        '0 31 incomplete',
        '1 b=4 fired',
        '2 32 still-true',
        '3 b=5 false',
        '4 b=4 fired',
        '5 20 false',
        '6 b=1 false',
        '7 31 fired',
      ],
      ['1 value 4', '4 value 4', '7 value 31'],
    ],
    [
      'all: one false is enough to know',
      { conditions: both },
      ['0 20 false', '1 31 incomplete', '2 b=4 fired'],
      ['2 value 4'],
    ],
    [
      'any: one true is enough, and it is false when all are',
      { conditions: both, match: 'any' },
      ['0 31 fired', '1 b=4 still-true', '2 20 still-true', '3 b=6 false', '4 b=4 fired'],
      ['0 value 31', '4 value 4'],
    ],
    [
      'any: nothing is known while one is missing and the other false',
      { conditions: both, match: 'any' },
      ['0 20 incomplete', '1 b=6 false', '2 31 fired'],
      ['2 value 31'],
    ],
    [
      'all with hysteresis: one that is far enough back arms',
      { conditions: both, hysteresis: '1' },
      ['0 31 incomplete', '1 b=4 fired', '2 30 false', '3 31 still-true', '4 b=6 false', '5 b=4 fired'],
      ['1 value 4', '5 value 4'],
    ],
    [
      'any with hysteresis: all have to be far enough back',
      { conditions: both, hysteresis: '1', match: 'any' },
      [
        '0 31 fired',
        '1 b=4 still-true',
        '2 29 still-true',
        '3 b=5.5 false',
        '4 31 still-true',
        '5 29 false',
        '6 b=6 false',
        '7 b=4 fired',
      ],
      ['0 value 31', '7 value 4'],
    ],
    [
      'for a duration: about the first condition that holds',
      { conditions: both, match: 'any', forS: 60 },
      ['0 20 incomplete', '10 b=4 waiting', '70 elapse'],
      ['70 duration 4'],
    ],
  ])('%s', (_, rule, lines, firings) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule)), lines)).toEqual({ lines, firings })
  })
})

describe('silence', () => {
  const frozen: Condition[] = [{ datastreamId: 't', type: 'frozen', afterS: 900 }]
  const live: Condition[] = [{ datastreamId: 't', type: 'live', afterS: 900 }]
  test.each<Row>([
    ['never before the first value', { conditions: frozen }, ['99999 elapse', '100000 1 false'], []],
    [
      'frozen: once, until something arrives',
      { conditions: frozen },
      [
        '0 1 false',
        '899 elapse',
        '900 elapse',
        '5000 elapse',
        '6000 2 false',
        '6899 elapse',
        '6900 3 false',
        '6901 4 false',
      ],
      ['900 silence 1', '6900 silence 2'],
    ],
    [
      'frozen: a late value is an arrival as well, but not the last value',
      { conditions: frozen },
      ['100 1 false', '50@500 2 false', '1399 elapse', '1400 elapse'],
      ['1400 silence 1'],
    ],
    [
      'frozen: closer than the interval',
      { conditions: frozen, minIntervalS: 2000 },
      ['0 1 false', '900 elapse', '1000 1 false', '1900 elapse', '2000 1 false', '2900 elapse'],
      ['900 silence 1', '2900 silence 1'],
    ],
    [
      'frozen: armed by a person only',
      { conditions: frozen, rearm: 'manual' },
      ['0 1 false', '900 elapse', '1000 1 false', '3000 elapse'],
      ['900 silence 1'],
    ],
    [
      'live: the first value after a silence, text as well',
      { conditions: live },
      ['0 1 incomplete', '899 2 false', '1799 on fired', '1800 on false', '3000 elapse', '2000@3000 3 fired'],
      ['1799 value on', '2000 value 3'],
    ],
    ['live: a late value ends a silence', { conditions: live }, ['10 1 incomplete', '5@1000 2 fired'], ['5 value 2']],
    [
      'live: armed by a person only',
      { conditions: live, rearm: 'manual' },
      ['0 1 incomplete', '900 2 fired', '1800 3 not-armed'],
      ['900 value 2'],
    ],
  ])('%s', (_, rule, lines, firings) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule)), lines)).toEqual({ lines, firings })
  })
})
