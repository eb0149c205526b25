import { setImmediate as nextTurn } from 'node:timers/promises'
import { formatTimestamp, LIMITS } from '@sluice/model'
import type { BacktestLine, Fired, Micros, Rule } from '@sluice/model'
import { readClock, readInputsBefore, readObservations } from '@sluice/store'
import type { Database, StoredObservation } from '@sluice/store'
import { initialState, replayStream } from '@sluice/triggers'

/** How often it is told how far the work has come. */
const PROGRESS_MS = 250

export type Backtest = {
  rule: Rule
  /** rows of the rule's datastreams by id */
  streams: ReadonlyMap<string, number>
  /** measurement times, inclusive */
  start: Micros
  end: Micros
  /** the client is gone */
  signal: AbortSignal
  /** values that are read, at most */
  pointsMax?: number
}

/**
 * What a rule would have done over stored values: the functions that decide live, on the values in the order in which
 * they came. It begins with what was known at the beginning of the window; what already held then does not fire.
 * @yields some lines at a time: firings as they are found, progress four times a second; the last line is `summary`, or
 *   `error` beyond 5,000,000 values
 */
export async function* runBacktest(db: Database, backtest: Backtest): AsyncGenerator<BacktestLine[]> {
  const { rule, streams, start, end, pointsMax = LIMITS.backtestPointsMax } = backtest
  const inputs = await readInputsBefore(db.pool, streams, start)
  const memory = { state: initialState(rule, inputs, start), inputs }
  const pages = paced(readObservations(db, streams, { start, end, withLate: needsLate(rule) }), backtest.signal)
  let firings = 0
  let points = 0
  let toldAt = performance.now()
  // what is still waiting at the end of the window completes by itself; after the window it is none of its business
  for await (const step of replayStream(rule, memory, pages, await readClock(db.pool))) {
    const isRest = step.points === points
    const fired = isRest ? step.fired.filter(({ at }) => at <= end) : step.fired
    points = step.points
    firings += fired.length
    const lines: BacktestLine[] = fired.map(firingLine)
    if (points > pointsMax) {
      yield [...lines, { error: `A backtest reads at most ${pointsMax} datapoints: choose a shorter window` }]
      return
    }
    if (performance.now() - toldAt >= PROGRESS_MS) {
      lines.push({ progress: { points, at: formatTimestamp(step.at) } })
      toldAt = performance.now()
    }
    if (lines.length > 0) yield lines
  }
  if (backtest.signal.aborted) return
  yield [{ summary: { points, firings, start: formatTimestamp(start), end: formatTimestamp(end) } }]
}

/** A late value means nothing to a rule that ignores them, but that something arrived does to one about silence. */
function needsLate({ late, conditions }: Rule): boolean {
  return late === 'evaluate' || conditions.some(({ type }) => type === 'frozen' || type === 'live')
}

function firingLine({ at, cause, datastreamId, value }: Fired): BacktestLine {
  return { firing: { at: formatTimestamp(at), cause, stream_id: datastreamId, value } }
}

/** Between two pages others have their turn; nothing is read for who is gone. */
async function* paced(
  pages: AsyncIterable<StoredObservation[]>,
  signal: AbortSignal,
): AsyncGenerator<StoredObservation[]> {
  for await (const page of pages) {
    if (signal.aborted) return
    yield page
    await nextTurn()
  }
}
