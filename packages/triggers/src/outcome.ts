import type { Fired, Micros, Rule, RuleState } from '@sluice/model'
import { dueAt } from './evaluate.ts'
import type { Memory } from './memory.ts'

/** What is kept of an evaluation, and told. */
export type Outcome = {
  state: RuleState
  /** when passing time alone would do something, null for never */
  dueAt: Micros | null
  fired: Fired[]
  /** newest value of each datastream of the rule */
  values: Record<string, string | null>
}

/** Sums up an evaluation; `state` is the same object as before where it did not change. */
export function outcomeOf(rule: Rule, { memory, fired }: { memory: Memory; fired: Fired[] }): Outcome {
  const values = Object.fromEntries([...memory.inputs].map(([id, sample]) => [id, sample?.value ?? null]))
  return { state: memory.state, dueAt: dueAt(rule, memory), fired, values }
}
