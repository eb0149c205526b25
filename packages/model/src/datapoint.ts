import type { Micros } from './timestamp.ts'
import type { Sample } from './trigger.ts'

export type Datapoint = { at: Micros; value: string }

/** A datapoint on its way in, its datastream already resolved to the row it belongs to. */
export type NewDatapoint = {
  /** row of the datastream, unique over all feeds */
  streamKey: number
  at: Micros
  value: string
  /** the value as a finite double, null where it is text */
  number: number | null
  /** how many triggers led to it, 0 for one that was sent */
  hops?: number
}

/**
 * What became of one datapoint. `stored`: committed, or it replaced another value at the same time. `duplicate`: the
 * same value was already there. `rejected`: nothing of it was kept, and `reason` says why.
 */
export type Outcome = { result: 'stored' } | { result: 'duplicate' } | { result: 'rejected'; reason: string }

/** How one commit moved one watched datastream, in the order of commits: what trigger rules are evaluated on. */
export type Change = {
  streamKey: number
  feedId: number
  datastreamId: string
  /** grows with every change of the triggers that look at it, of their states too */
  triggerRevision: number
  /** the newest value before this commit and the last arrival; null before the first value ever */
  previous: Sample | null
  /** the database's clock in this commit, grows with every commit of the datastream */
  arrivedAt: Micros
  /** the points that this commit stored, in order of arrival; not those that were there already */
  points: { at: Micros; value: string; isLate: boolean; hops: number }[]
}
