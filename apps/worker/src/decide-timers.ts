import type { Sample } from '@sluice/model'
import { clearDue, lockDue, lockTriggersById, readInputs, saveDecisions } from '@sluice/store'
import type { Database, StoredFiring, Transaction } from '@sluice/store'
import { elapse, outcomeOf, renderFiring } from '@sluice/triggers'

/**
 * Lets time pass for the triggers that wait for it: durations that were completed, datastreams that fell silent. What the
 * worker does not see in time, the next value of the datastream does, by the same function; whoever comes first decides.
 * @returns a function that decides what is due (200 triggers at most) and answers the firings, after COMMIT
 */
export function makeDecideTimers(parts: { db: Database; publicUrl(): string }): () => Promise<StoredFiring[]> {
  return () => parts.db.inTransaction((tx) => decideDue(tx, parts.publicUrl()))
}

async function decideDue(tx: Transaction, publicUrl: string): Promise<StoredFiring[]> {
  const { ids, now } = await lockDue(tx)
  if (ids.length === 0) return []
  const triggers = await lockTriggersById(tx, ids)
  const samples = await readInputs(
    tx,
    triggers.flatMap(({ streamKeys }) => Object.values(streamKeys)),
  )
  const decisions = triggers.map((trigger) => {
    const inputs = new Map<string, Sample | null>()
    for (const [datastreamId, key] of Object.entries(trigger.streamKeys))
      inputs.set(datastreamId, samples.get(key) ?? null)
    return { trigger, ...outcomeOf(trigger.rule, elapse(trigger.rule, { state: trigger.state, inputs }, now)) }
  })
  const decided = new Set(triggers.map(({ id }) => id))
  await clearDue(
    tx,
    ids.filter((id) => !decided.has(id)),
  )
  return saveDecisions(tx, decisions, renderFiring(publicUrl))
}
