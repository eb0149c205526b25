import { LIMITS } from '@sluice/model'
import type { DatapointEvent, DatastreamDocument, FeedDocument } from '@sluice/model'
import type { HistoryQuery } from '../history-query.ts'
import type { Timeline } from './timeline.ts'

/** The archive of one feed, as far as healing needs it. */
export type Archive = {
  feed(query: HistoryQuery): Promise<FeedDocument>
  datastream(id: string, query: HistoryQuery): Promise<DatastreamDocument>
}
export type Missed = { points: DatapointEvent[]; isComplete: boolean }

/** How far before an interruption late points are looked for. */
export const LATE_WINDOW_MS = 5 * 60_000
/** points of one answer over all datastreams: some 2 MB of JSON */
const ANSWER_POINTS_MAX = 20_000
const LIMIT_MIN = 20
/** one a second for five minutes; of datastreams that are faster late points are not told from known ones */
const PRESENT_LIMIT = 300
/** points that one interruption fetches at most; what is more is for the application to load as it sees fit */
const MISSED_POINTS_MAX = 100_000
/** the archive accepts times up to a day ahead, and our idea of its clock may be off */
const AHEAD_MS = (LIMITS.futureHoursMax + 1) * 3600_000
/** older than any point: an archive goes back 100 years */
const BEGINNING = '1900-01-01T00:00:00.000000Z'

/**
 * Takes note of a feed as it is, so that later history can be told from news: the points of the last five minutes, and
 * of every datastream the newest.
 * @param nowMs the server's clock
 */
export async function learnPresent(archive: Archive, timeline: Timeline, nowMs: number): Promise<void> {
  const limit = PRESENT_LIMIT
  const feed = await archive.feed({ start: iso(nowMs - LATE_WINDOW_MS), end: iso(nowMs + AHEAD_MS), limit })
  for (const datastream of feed.datastreams ?? []) {
    const points = pointsOf(datastream.id, datastream)
    timeline.learn(points)
    const { id, at, current_value: value } = datastream
    if (at === undefined || value === undefined) continue
    timeline.learn([{ datastream: id, at, value }])
    if (points.length >= limit) timeline.learnUpTo(id, at)
  }
}

/**
 * Reads from the archive what a follower may have missed since `fromMs`. The rule, for every datastream: all points
 * newer than the newest one known, whatever its device's clock says; and late points, as far back as five minutes before
 * the interruption. Older late points that arrived in the interruption are in the archive only. Long windows are paged.
 * @param fromMs start of the interruption less the window for late points, on the server's clock
 * @returns known points too, in no particular order; not complete beyond 100,000
 */
export async function readMissed(archive: Archive, timeline: Timeline, fromMs: number, nowMs: number): Promise<Missed> {
  const from = micros(fromMs)
  const end = iso(nowMs + AHEAD_MS)
  const commonLimit = limitFor(timeline.datastreams)
  const first = await archive.feed({ start: from, end, limit: commonLimit })
  const points: DatapointEvent[] = []
  for (const datastream of first.datastreams ?? []) {
    const { id } = datastream
    let page = pointsOf(id, datastream)
    let limit: number = commonLimit
    const known = timeline.newest(id) ?? BEGINNING
    if (known < from && (datastream.at ?? '') > known) {
      // the device's clock is slow, or the datastream is new: its newest points lie before the common window
      limit = LIMITS.historyLimitMax
      page = pointsOf(id, await archive.datastream(id, { start: known, end, limit }))
    }
    for (;;) {
      points.push(...page)
      if (points.length >= MISSED_POINTS_MAX) return { points, isComplete: false }
      const last = page.at(-1)
      if (page.length < limit || last === undefined) break
      limit = LIMITS.historyLimitMax
      page = pointsOf(id, await archive.datastream(id, { start: last.at, end, limit }))
    }
  }
  return { points, isComplete: true }
}

function limitFor(datastreams: number): number {
  const share = Math.floor(ANSWER_POINTS_MAX / Math.max(1, datastreams))
  return Math.max(LIMIT_MIN, Math.min(share, LIMITS.historyLimitMax))
}

function pointsOf(id: string, { datapoints }: DatastreamDocument): DatapointEvent[] {
  return (datapoints ?? []).map(({ at, value }) => ({ datastream: id, at, value }))
}

const iso = (ms: number): string => new Date(ms).toISOString()
/** comparable with the times of points */
const micros = (ms: number): string => iso(ms).replace('Z', '000Z')
