import type { DatapointEvent, RequestEntry, TriggerEvent } from '@sluice/model'
import type { ApiError } from '../api-error.ts'

/** `connecting` until the first time that nothing is missing, `reconnecting` while something may be. */
export type LiveStatus = 'connecting' | 'live' | 'reconnecting'

/** What the client fetched after an interruption, or when the bus had lost events because this side was too slow. */
export type Gap = {
  /** server's time when the feed was last known to be live, and when it was again */
  from: string
  to: string
  /** fetched from the archive: they were missed while away */
  points: number
  /** false: so much was missed that fetching stopped; load the window anew */
  isComplete: boolean
}

export type LiveHandlers = {
  /**
   * One call for each request that the server accepted, and one for all that was missed. A point comes once; in one
   * call points of a datastream are in order of `at`. A late point (older than one seen before) comes when it arrives.
   */
  onDatapoints(points: DatapointEvent[]): void
  /** Metadata may have changed: read the feed again. Also called after a gap. */
  onUpdated?(): void
  onRequest?(entry: RequestEntry): void
  /**
   * A trigger of the own account fired on this feed, or an attempt of its delivery ended. At most once: after `onGap`,
   * read the deliveries again.
   */
  onTrigger?(event: TriggerEvent): void
  onStatus?(status: LiveStatus): void
  onGap?(gap: Gap): void
  /** Fetching what was missed failed (feed removed, signed out, server down); it is tried again. */
  onError?(error: ApiError): void
}

export type LiveOptions = {
  /** everything up to this `at` is known already: what is newer is delivered when the first connection stands */
  since?: string
}

export type LiveFeed = { close(): void }
