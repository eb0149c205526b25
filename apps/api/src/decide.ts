import type { Change, Evaluate, Firing } from '@sluice/model'
import { insertDeliveries, triggerRules } from '@sluice/store'
import type { Transaction, TriggerRule } from '@sluice/store'

/** Decides which triggers fire on these changes, and puts their deliveries into the same transaction. */
export type Decide = (tx: Transaction, changes: readonly Change[]) => Promise<Firing[]>

/**
 * The place of triggers in the transaction of the datapoint: rules are read, evaluated by a pure function, and what
 * fires goes to the outbox, so that a crossing and its delivery are committed together or not at all. Runs only for
 * datastreams that have a trigger.
 */
export function makeDecide(evaluate: Evaluate<TriggerRule>): Decide {
  return async (tx, changes) => {
    const rules = await triggerRules(tx, [...new Set(changes.map((change) => change.feedId))])
    const firings = evaluate(changes, rules)
    await insertDeliveries(tx, firings)
    return firings
  }
}
