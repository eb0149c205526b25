import { useCallback, useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import './valid-language.ts'
import uPlot from 'uplot'
import { onTheme } from '../shell/theme.ts'
import { plotColours, plotOptions } from './plot-options.ts'
import type { Columns } from './points.ts'

type Parts = {
  box: RefObject<HTMLDivElement | null>
  columns: Columns
  /** seconds from the left edge to now */
  spanS: number
  /** begins zoomed to a twelfth of the span around this time, seconds since 1970 */
  around: number | null
  onCursor(index: number | null): void
}
type Bounds = [number, number]

/** the time axis moves at most this often, and by whole pixels on long ranges */
const TICK_MS = 1000
const STEPS_PER_SPAN = 1800

/** Keeps one uPlot in a box: its size, its colours, its data, and a time axis that ends now unless zoomed. */
export function usePlot({ box, columns, spanS, around, onCursor }: Parts): {
  isZoomed: boolean
  resetZoom(): void
  moveCursor(index: number): void
} {
  const plot = useRef<uPlot>(null)
  const zoom = useRef<Bounds>(around === null ? null : [around - spanS / 24, around + spanS / 24])
  const [isZoomed, setZoomed] = useState(around !== null)
  const latest = useRef({ columns, spanS, onCursor })
  const setZoom = useCallback((bounds: Bounds | null): void => {
    zoom.current = bounds
    setZoomed(bounds !== null)
    plot.current?.setData(latest.current.columns)
  }, [])

  useEffect(() => {
    const node = box.current
    if (!node) return undefined
    const size = (): { width: number; height: number } => ({ width: node.clientWidth, height: node.clientHeight })
    const draw = (): void => {
      plot.current?.destroy()
      const options = plotOptions({
        size: size(),
        colours: plotColours(node),
        bounds: () => zoom.current ?? boundsNow(latest.current.spanS),
        onZoom: setZoom,
        onCursor: (index) => latest.current.onCursor(index),
      })
      plot.current = new uPlot(options, latest.current.columns, node)
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
    if (latest.current.spanS !== spanS) {
      zoom.current = null
      setZoomed(false)
    }
    latest.current = { columns, spanS, onCursor }
    plot.current?.setData(columns)
  }, [columns, spanS, onCursor])

  useEffect(() => {
    const slide = (): void => {
      if (!document.hidden && zoom.current === null) plot.current?.setData(latest.current.columns)
    }
    const timer = setInterval(slide, Math.max(TICK_MS, (spanS * 1000) / STEPS_PER_SPAN))
    return () => clearInterval(timer)
  }, [spanS])

  return {
    isZoomed,
    resetZoom: () => setZoom(null),
    moveCursor(index) {
      const time = latest.current.columns[0][index]
      if (time !== undefined && plot.current) {
        plot.current.setCursor({ left: plot.current.valToPos(time, 'x'), top: 0 }, false)
      }
    },
  }
}

function boundsNow(spanS: number): Bounds {
  const now = Date.now() / 1000
  return [now - spanS, now]
}
