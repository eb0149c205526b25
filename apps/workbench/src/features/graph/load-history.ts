import type { DatapointDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'

export type Window = { start: string; end: string }
export type FetchPage = (window: Window) => Promise<readonly DatapointDocument[]>
export type History = {
  points: readonly DatapointDocument[]
  /** time without points that exist, ISO 8601 */ leftOut: Window | null
}

/** requests spent on one graph: 24,000 points are more than a screen can show */
const PAGES_MAX = 24
/** the last of them, spent on the newest part of a window that is too full */
const TAIL_PAGES = 4

/**
 * Reads a window page by page. A page is full at 1000 points and then holds the oldest of its window (API v2), so the
 * next one starts at its last point. A window with too many points keeps its beginning and its end, as long as the
 * pages allow, and says what was left out.
 * @param fetchPage answers ascending points of an inclusive window, at most 1000
 */
export async function loadHistory(fetchPage: FetchPage, window: Window): Promise<History> {
  const head = await readForward(fetchPage, window, PAGES_MAX - TAIL_PAGES)
  const last = head.points.at(-1)
  if (head.isComplete || last === undefined) return { points: head.points, leftOut: null }
  const tailStart = tailBound(head.points, window)
  if (tailStart === null) return { points: head.points, leftOut: { start: last.at, end: window.end } }
  const tail = await readForward(fetchPage, { start: tailStart, end: window.end }, TAIL_PAGES)
  const from = tail.points[0]?.at ?? window.end
  return { points: [...head.points, ...tail.points], leftOut: { start: last.at, end: from } }
}

async function readForward(
  fetchPage: FetchPage,
  window: Window,
  pagesMax: number,
): Promise<{ points: DatapointDocument[]; isComplete: boolean }> {
  const points: DatapointDocument[] = []
  let start = window.start
  for (let page = 0; page < pagesMax; page++) {
    const found = await fetchPage({ start, end: window.end })
    // the bounds are inclusive: the first point of a next page is the last one of the page before
    points.push(...found.filter(({ at }) => at > (points.at(-1)?.at ?? '')))
    const last = found.at(-1)
    if (found.length < LIMITS.historyLimitMax || last === undefined || last.at === start) {
      return { points, isComplete: true }
    }
    start = last.at
  }
  return { points, isComplete: false }
}

/** Where the tail begins so that it fits its pages with room to spare, judged by how dense the head is. */
function tailBound(head: readonly DatapointDocument[], window: Window): string | null {
  const first = head[0]
  const last = head.at(-1)
  if (!first || !last) return null
  const msPerPoint = (Date.parse(last.at) - Date.parse(first.at)) / head.length
  const startMs = Date.parse(window.end) - msPerPoint * LIMITS.historyLimitMax * (TAIL_PAGES - 1)
  return startMs <= Date.parse(last.at) ? null : new Date(startMs).toISOString()
}
