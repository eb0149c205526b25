import type { Fired, Micros, Rule } from '@sluice/model'
import { elapse, observe } from './evaluate.ts'
import type { Memory, Observation, Step } from './memory.ts'

/**
 * Redoes every decision over stored values: what a rule did, or would have done. The same function as live.
 * @param memory what the rule knew before the first of them (`initialState`)
 * @param observations in the order of `compareObservations`
 */
export function* replay(
  rule: Rule,
  memory: Memory,
  observations: Iterable<Observation>,
): Generator<Step & { observation: Observation }, Memory> {
  let before = memory
  for (const observation of observations) {
    const step = observe(rule, before, observation)
    before = step.memory
    yield { ...step, observation }
  }
  return before
}

/** What a batch of stored values did. */
export type Replayed = {
  /** values so far */
  points: number
  /** arrival of the last of them; of the last item, the end of the window */
  at: Micros
  fired: Fired[]
}

/**
 * The same over a stream, and past its end: what is still waiting then completes when its time comes before `endAt`.
 * @param batches of any size, all together in the order of `compareObservations`
 * @param endAt on the clock of arrivals, not before the last of them
 * @yields one item for each batch that is not empty, and one for the time until `endAt`
 */
export async function* replayStream(
  rule: Rule,
  memory: Memory,
  batches: AsyncIterable<readonly Observation[]> | Iterable<readonly Observation[]>,
  endAt: Micros,
): AsyncGenerator<Replayed, Memory> {
  let after = memory
  let points = 0
  for await (const batch of batches) {
    const fired: Fired[] = []
    for (const observation of batch) {
      const step = observe(rule, after, observation)
      after = step.memory
      fired.push(...step.fired)
    }
    points += batch.length
    const last = batch.at(-1)
    if (last) yield { points, at: last.arrivedAt, fired }
  }
  const rest = elapse(rule, after, endAt)
  yield { points, at: endAt, fired: rest.fired }
  return rest.memory
}
