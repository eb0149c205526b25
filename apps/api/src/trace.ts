import { formatTimestamp } from '@sluice/model'
import type { Sample, TraceDocument } from '@sluice/model'
import { findTriggerBase, readArrivalsSince } from '@sluice/store'
import type { Database, ListedTrigger, TriggerBase } from '@sluice/store'
import { compareObservations, initialState, replay } from '@sluice/triggers'
import type { Memory, Observation } from '@sluice/triggers'

/** Values that are judged again, at most. */
const POINTS_MAX = 10_000

/**
 * Why each of the last values did or did not fire a trigger: the decisions are made again, from the state in which it
 * was when it was made, edited, enabled or armed. Of more than 10,000 values only the newest are judged, from a state
 * that knows none.
 * @returns newest first; nothing for one that is disabled
 */
export async function traceTrigger(db: Database, trigger: ListedTrigger, limit: number): Promise<TraceDocument[]> {
  const found = trigger.isEnabled ? await findTriggerBase(db.pool, trigger.id) : null
  if (!found) return []
  const { base, streams } = found
  const observations: Observation[] = []
  let isComplete = base !== null
  for (const stream of Object.entries(streams)) {
    const since = base?.inputs[stream[0]]?.arrivedAt ?? null
    const arrivals = await readArrivalsSince(db.pool, stream, since, POINTS_MAX)
    observations.push(...arrivals.observations)
    isComplete &&= arrivals.isComplete
  }
  observations.sort(compareObservations)
  isComplete &&= observations.length <= POINTS_MAX
  const judged = observations.slice(-POINTS_MAX)
  const memory = isComplete && base ? memoryOf(base) : emptyMemory(trigger, Object.keys(streams), judged[0])
  const trace: TraceDocument[] = []
  for (const { observation, verdict, held } of replay(trigger.rule, memory, judged)) {
    const { at, arrivedAt, datastreamId, value } = observation
    const times = { at: formatTimestamp(at), arrived_at: formatTimestamp(arrivedAt) }
    trace.push({ ...times, stream_id: datastreamId, value, verdict, held })
  }
  return trace.slice(-limit).toReversed()
}

const memoryOf = ({ state, inputs }: TriggerBase): Memory => ({ state, inputs: new Map(Object.entries(inputs)) })

function emptyMemory({ rule }: ListedTrigger, ids: readonly string[], first: Observation | undefined): Memory {
  const inputs = new Map<string, Sample | null>(ids.map((id) => [id, null]))
  return { state: initialState(rule, inputs, first?.arrivedAt ?? 0), inputs }
}
