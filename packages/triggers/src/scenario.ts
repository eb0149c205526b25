import { RULE_DEFAULTS } from '@sluice/model'
import type { Fired, Rule } from '@sluice/model'
import { elapse, initialState, observe } from './evaluate.ts'
import type { Memory, Observation } from './memory.ts'

/** For tests: a rule that asks whether the datastream `t` is above 30, with some members changed. */
export function ruleOf(members: Partial<Rule>): Rule {
  return { ...RULE_DEFAULTS, conditions: [{ datastreamId: 't', type: 'gt', threshold: '30' }], ...members }
}

/** What a rule knows at second `nowS`; `t` had this value at 0, or none yet. */
export function memoryOf(rule: Rule, value: string | null = null, nowS = 0): Memory {
  const inputs = new Map<string, Observation | null>(rule.conditions.map(({ datastreamId }) => [datastreamId, null]))
  if (value !== null) inputs.set('t', observationOf(`0 ${value}`))
  return { state: initialState(rule, inputs, nowS * 1e6), inputs }
}

/** `10 31`, `10@25 b=31`: measured at a second, arrived then or at another one; of `t` or another datastream. */
export function observationOf(line: string): Observation {
  const [time = '', text = ''] = line.split(' ')
  const [at, arrivedAt = at] = time.split('@')
  const [value = '', datastreamId = 't'] = text.split('=').toReversed()
  return { at: Number(at) * 1e6, arrivedAt: Number(arrivedAt) * 1e6, datastreamId, value, isLate: false, hops: 0 }
}

/**
 * Plays a script to a rule.
 * @param lines `<observation> <verdict>`, or `<now> elapse`
 * @returns the lines with the verdicts that were given, and `<at> <cause> <value>` of each firing
 */
export function play(rule: Rule, start: Memory, lines: readonly string[]): { lines: string[]; firings: string[] } {
  let memory = start
  const firings: Fired[] = []
  const played = lines.map((line) => {
    const [time, text] = line.split(' ')
    if (text === 'elapse') {
      const elapsed = elapse(rule, memory, Number(time) * 1e6)
      memory = elapsed.memory
      firings.push(...elapsed.fired)
      return line
    }
    const step = observe(rule, memory, observationOf(line))
    memory = step.memory
    firings.push(...step.fired)
    return `${time} ${text} ${step.verdict}`
  })
  return { lines: played, firings: firings.map(({ at, cause, value }) => `${at / 1e6} ${cause} ${value}`) }
}
