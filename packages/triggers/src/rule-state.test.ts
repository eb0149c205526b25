import type { Rule } from '@sluice/model'
import { describe, expect, test } from 'vitest'
import { dueAt, elapse, evaluateCommit, observe } from './evaluate.ts'
import { memoryOf, observationOf, play, ruleOf } from './scenario.ts'

type Start = { name: string; rule: Partial<Rule>; value: string; lines: string[]; firings: string[] }
const frozen: Partial<Rule> = { conditions: [{ datastreamId: 't', type: 'frozen', afterS: 900 }] }
const live: Partial<Rule> = { conditions: [{ datastreamId: 't', type: 'live', afterS: 900 }] }
const change: Partial<Rule> = { conditions: [{ datastreamId: 't', type: 'change' }] }

describe('at the start', () => {
  const again = { lines: ['1 32 still-true', '2 20 false', '3 31 fired'], firings: ['3 value 31'] }
  test.each<Start>([
    { name: 'what holds already does not fire', rule: {}, value: '31', ...again },
    { name: 'nor with manual arming', rule: { rearm: 'manual' }, value: '31', ...again },
    {
      name: 'nor when it has held for long',
      rule: { forS: 60 },
      value: '31',
      lines: ['90 32 still-true', '500 elapse'],
      firings: [],
    },
    {
      name: 'level fires with the next value',
      rule: { mode: 'level' },
      value: '31',
      lines: ['1 32 fired'],
      firings: ['1 value 32'],
    },
    { name: 'what is false may come true', rule: {}, value: '20', lines: ['1 31 fired'], firings: ['1 value 31'] },
    {
      name: 'the value known is the one before',
      rule: change,
      value: 'a',
      lines: ['1 b fired'],
      firings: ['1 value b'],
    },
  ])('$name', ({ rule, value, lines, firings }) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule), value), lines)).toEqual({ lines, firings })
  })

  test.each<{ name: string; rule: Partial<Rule>; nowS: number; lines: string[]; firings: string[] }>([
    {
      name: 'what is silent already does not fire before it spoke',
      rule: frozen,
      nowS: 900,
      lines: ['5000 elapse', '6000 2 false', '6900 elapse'],
      firings: ['6900 silence 2'],
    },
    { name: 'what is silent soon does', rule: frozen, nowS: 899, lines: ['900 elapse'], firings: ['900 silence 1'] },
    { name: 'what is heard again does', rule: live, nowS: 900, lines: ['901 2 fired'], firings: ['901 value 2'] },
  ])('$name', ({ rule, nowS, lines, firings }) => {
    expect(play(ruleOf(rule), memoryOf(ruleOf(rule), '1', nowS), lines)).toEqual({ lines, firings })
  })

  test.each<{ name: string; rule: Partial<Rule>; value: string; armed: boolean }>([
    { name: 'true already', rule: {}, value: '31', armed: false },
    { name: 'false', rule: {}, value: '20', armed: true },
    { name: 'not told', rule: {}, value: 'x', armed: true },
    { name: 'level', rule: { mode: 'level' }, value: '31', armed: true },
    { name: 'silent already', rule: frozen, value: '1', armed: false },
    { name: 'to be heard again', rule: live, value: '1', armed: true },
  ])('$name: armed is $armed', ({ rule, value, armed }) => {
    expect(memoryOf(ruleOf(rule), value, 900).state.armed).toBe(armed)
  })
})

describe('what callers rely on', () => {
  test.each<[string, Partial<Rule>, string[], number | null]>([
    ['nothing waits', {}, ['0 31'], null],
    ['a duration', { forS: 60 }, ['0 31', '10 32'], 60e6],
    ['a duration that was over on arrival', { forS: 60 }, ['0@100 31'], 100e6 + 1],
    ['a duration that fired', { forS: 60 }, ['0 31', '60 32'], null],
    ['silence', frozen, ['0 1', '5 1'], 905e6],
    ['silence before the first value', frozen, [], null],
    ['live needs no clock', live, ['0 1'], null],
  ])('due: %s', (_, members, lines, due) => {
    const rule = ruleOf(members)
    const memory = lines.map(observationOf).reduce((before, next) => observe(rule, before, next).memory, memoryOf(rule))
    expect(dueAt(rule, memory)).toBe(due)
  })

  test('a state that did not change is the same object', () => {
    const rule = ruleOf({})
    const start = memoryOf(rule)
    const below = observe(rule, start, observationOf('0 20')).memory
    expect(below.state).toBe(start.state)
    const above = observe(rule, below, observationOf('1 31')).memory
    expect(above.state).not.toBe(start.state)
    expect(observe(rule, above, observationOf('2 32')).memory.state).toBe(above.state)
    expect(elapse(rule, above, 99e6).memory).toBe(above)
  })

  test('nor is it another one when a commit ends where it began', () => {
    const rule = ruleOf({ forS: 60 })
    const start = memoryOf(rule)
    const commit = ['1@9 31', '2@9 20'].map(observationOf)
    expect(evaluateCommit(rule, start, commit).memory.state).toBe(start.state)
    expect(evaluateCommit(rule, start, commit.slice(0, 1)).memory.state).not.toBe(start.state)
  })

  test('a commit is evaluated in the order of its measurements, without strangers', () => {
    const rule = ruleOf({})
    const commit = ['3@9 31', '1@9 31', '2@9 20', '4@9 other=99'].map(observationOf)
    const { fired, memory } = evaluateCommit(rule, memoryOf(rule), commit)
    expect(fired.map(({ at }) => at / 1e6)).toEqual([1, 3])
    expect(memory.inputs).toEqual(new Map([['t', { at: 3e6, value: '31', arrivedAt: 9e6 }]]))
  })

  test('hops are those of the value that caused it', () => {
    const rule = ruleOf({ forS: 60 })
    const set = observe(rule, memoryOf(rule), { ...observationOf('0 31'), hops: 3 })
    const later = observe(rule, set.memory, { ...observationOf('10 32'), hops: 5 })
    expect(elapse(rule, later.memory, 60e6).fired.map(({ hops }) => hops)).toEqual([3])
    expect(observe(ruleOf({}), memoryOf(rule), { ...observationOf('0 31'), hops: 2 }).fired[0]?.hops).toBe(2)
  })

  test('each condition tells whether it held', () => {
    const rule = ruleOf({ conditions: [...ruleOf({}).conditions, { datastreamId: 'b', type: 'gt', threshold: '0' }] })
    const first = observe(rule, memoryOf(rule), observationOf('0 31'))
    expect(first.held).toEqual([true, null])
    expect(observe(rule, first.memory, observationOf('1 b=0')).held).toEqual([true, false])
    expect(observe(rule, first.memory, observationOf('0 31')).memory.inputs).not.toBe(first.memory.inputs)
  })
})
