import type { Micros } from './timestamp.ts'

export type Datapoint = { at: Micros; value: string }

/** A datapoint on its way in, its datastream already resolved to the row it belongs to. */
export type NewDatapoint = {
  /** row of the datastream, unique over all feeds */
  streamKey: number
  at: Micros
  value: string
  /** the value as a finite double, null where it is text */
  number: number | null
}

/**
 * What became of one datapoint. `stored`: committed, or it replaced another value at the same time. `duplicate`: the
 * same value was already there. `rejected`: nothing of it was kept, and `reason` says why.
 */
export type Outcome = { result: 'stored' } | { result: 'duplicate' } | { result: 'rejected'; reason: string }

/** How one commit moved one datastream, in commit order: what trigger rules are evaluated on. */
export type Change = {
  streamKey: number
  feedId: number
  datastreamId: string
  /** null for the first point ever */
  previous: { at: Micros; value: string } | null
  /** the points this commit stored, in order of arrival */
  points: Datapoint[]
}

/** A rule that came true: becomes a row of the outbox in the commit of the datapoint that made it so. */
export type Firing = { triggerId: number; streamKey: number; at: Micros; payload: unknown }

/** Decides which triggers fire. Pure: the same changes and rules give the same firings. */
export type Evaluate<Rule> = (changes: readonly Change[], rules: readonly Rule[]) => Firing[]
