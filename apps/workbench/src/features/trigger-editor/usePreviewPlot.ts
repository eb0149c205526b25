import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { RefObject } from 'react'
import '../graph/valid-language.ts'
import uPlot from 'uplot'
import { plotColours, plotOptions, valueRange } from '../graph/plot-options.ts'
import type { Columns } from '../graph/points.ts'
import { onTheme } from '../shell/theme.ts'
import { drawLines, drawMarks, drawZones, previewColours } from './draw-preview.ts'
import type { Mark } from './draw-preview.ts'
import { withLines } from './preview-lines.ts'
import type { PreviewLine, PreviewZone } from './preview-lines.ts'

export type Bounds = readonly [number, number]

export type PlotParts = {
  box: RefObject<HTMLDivElement | null>
  columns: Columns
  /** the window, seconds since 1970 */
  window: Bounds
  /** shown from near, seconds since 1970; null for the whole window */
  near: Bounds | null
  lines: readonly PreviewLine[]
  zones: readonly PreviewZone[]
  marks: readonly Mark[]
  onCursor(index: number | null): void
}

/** Where the plot is in its box, in CSS pixels, and which values its height spans. */
export type PlotPlace = { top: number; height: number; low: number; high: number }

/**
 * One uPlot with the lines of a rule and the moments at which it would have fired. `place` follows what is drawn, so
 * that handles can lie over the lines; while `hold` is on, the value axis stands still under a handle that is dragged.
 */
export function usePreviewPlot(parts: PlotParts): {
  place: PlotPlace | null
  isZoomed: boolean
  resetZoom(): void
  hold(isHeld: boolean): void
  moveCursor(index: number): void
} {
  const { box, columns, window, near, lines, zones, marks } = parts
  const plot = useRef<uPlot>(null)
  const held = useRef<[number, number]>(null)
  // another window, or another moment, ends what was zoomed by hand
  const [chosen, setChosen] = useState({ near, window, zoom: near })
  const zoom = chosen.near === near && chosen.window === window ? chosen.zoom : near
  const [place, setPlace] = useState<PlotPlace | null>(null)
  const latest = useRef({ ...parts, zoom })
  const setZoom = useCallback((zoom: Bounds | null): void => {
    const { near, window } = latest.current
    setChosen({ near, window, zoom })
  }, [])

  useEffect(() => {
    const node = box.current
    if (!node) return undefined
    const size = (): { width: number; height: number } => ({ width: node.clientWidth, height: node.clientHeight })
    const draw = (): void => {
      plot.current?.destroy()
      const colours = previewColours(node)
      const options = plotOptions({
        size: size(),
        colours: plotColours(node),
        bounds: () => [...(latest.current.zoom ?? latest.current.window)],
        onZoom: setZoom,
        onCursor: (index) => latest.current.onCursor(index),
      })
      plot.current = new uPlot(
        {
          ...options,
          scales: {
            ...options.scales,
            y: {
              range: (_, low, high) => held.current ?? valueRange(...withLines(low, high, latest.current.lines)),
            },
          },
          hooks: {
            ...options.hooks,
            drawAxes: [(plot) => drawZones(plot, latest.current.zones, colours)],
            draw: [
              (plot) => {
                drawLines(plot, latest.current.lines, colours)
                drawMarks(plot, latest.current.marks, colours)
                setPlace((before) => changedPlace(before, plot))
              },
            ],
          },
        },
        latest.current.columns,
        node,
      )
    }
    draw()
    const offTheme = onTheme(draw)
    const resizes = new ResizeObserver(() => plot.current?.setSize(size()))
    resizes.observe(node)
    return () => {
      offTheme()
      resizes.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [box, setZoom])

  useEffect(() => {
    latest.current = { ...parts, zoom }
  })
  const drawn = useMemo(
    () => ({ columns, zoom, window, lines, zones, marks }),
    [columns, zoom, window, lines, zones, marks],
  )
  useEffect(() => plot.current?.setData(drawn.columns), [drawn])

  return {
    place,
    isZoomed: zoom !== null,
    resetZoom: () => setZoom(null),
    hold(isHeld) {
      const { min, max } = plot.current?.scales['y'] ?? {}
      held.current = isHeld && min != null && max != null ? [min, max] : null
      if (!isHeld) plot.current?.setData(latest.current.columns)
    },
    moveCursor(index) {
      const time = latest.current.columns[0][index]
      if (time !== undefined && plot.current) {
        plot.current.setCursor({ left: plot.current.valToPos(time, 'x'), top: 0 }, false)
      }
    },
  }
}

/** The same object while nothing moved, so that drawing does not lead to drawing. */
function changedPlace(before: PlotPlace | null, plot: uPlot): PlotPlace | null {
  const { min, max } = plot.scales['y'] ?? {}
  if (min == null || max == null) return before
  const { offsetTop: top, clientHeight: height } = plot.over
  const isSame =
    before !== null && before.top === top && before.height === height && before.low === min && before.high === max
  return isSame ? before : { top, height, low: min, high: max }
}
