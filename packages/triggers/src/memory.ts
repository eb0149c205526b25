import type { Fired, Micros, RuleState, Sample, Verdict } from '@sluice/model'

/** The newest value by measurement time of each datastream that a rule looks at; null or missing before its first. */
export type Inputs = ReadonlyMap<string, Sample | null>

/** All that a rule knows when a value arrives. */
export type Memory = { state: RuleState; inputs: Inputs }

/** A value that a commit stored. `isLate`: older than the newest one of its datastream when the commit began. */
export type Observation = Sample & { datastreamId: string; isLate: boolean; hops: number }

/** What one evaluation did. */
export type Step = {
  memory: Memory
  /** at most two: time that passed before the value may have completed something by itself */
  fired: Fired[]
  verdict: Verdict
  /** for each condition, whether it held; null where that could not be told */
  held: (boolean | null)[]
}

/** What passing time alone did. */
export type Elapsed = { memory: Memory; fired: Fired[] }

/** The order in which live evaluation sees values: by commit, within one by measurement time. */
export function compareObservations(
  a: { arrivedAt: Micros; at: Micros; datastreamId: string },
  b: { arrivedAt: Micros; at: Micros; datastreamId: string },
): number {
  return a.arrivedAt - b.arrivedAt || a.at - b.at || (a.datastreamId < b.datastreamId ? -1 : 1)
}
