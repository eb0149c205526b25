import type { GraphOptions } from './graph-options.ts'
import { makePainter } from './graph-painter.ts'
import { drawingOf, type GraphSeries } from './graph-series.ts'
import { makeRenderQueue } from './render-queue.ts'

export type { GraphSeries } from './graph-series.ts'

/** Two are in the thread's hands, so that it never waits for us; one core at most is busy with graphs. */
const inTurn = makeRenderQueue({ runningMax: 2, waitingMax: 50 })
const painter = makePainter({ idleMs: 30_000 })

/**
 * Draws a graph, off the main thread. Odd data is drawn as far as it goes: without a number in the window an empty frame
 * that says so, one number as a dot, text left out.
 * @returns the bytes of a PNG of exactly the size asked for
 * @throws {SluiceError} `unavailable` while 52 graphs are being drawn or wait for it
 */
export function renderGraph(series: GraphSeries, options: GraphOptions): Promise<Buffer> {
  return inTurn(() => painter.draw({ drawing: drawingOf(series), options }))
}
