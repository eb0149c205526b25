import type uPlot from 'uplot'
import { timeLabels } from './time-axis.ts'

export type PlotColours = { line: string; fill: string; axis: string; grid: string; font: string }

/** Resolves the design tokens to colours that a canvas understands, as they are under the current theme. */
export function plotColours(near: HTMLElement): PlotColours {
  const probe = document.createElement('span')
  probe.hidden = true
  near.append(probe)
  const resolve = (token: string): string => {
    probe.style.color = `var(${token})`
    return getComputedStyle(probe).color
  }
  const colours = {
    line: resolve('--accent'),
    fill: resolve('--area'),
    axis: resolve('--muted'),
    grid: resolve('--grid'),
    font: `12px ${getComputedStyle(near).fontFamily}`,
  }
  probe.remove()
  return colours
}

type Parts = {
  size: { width: number; height: number }
  colours: PlotColours
  /** bounds of the time axis, seconds since 1970 */
  bounds(): [number, number]
  onZoom(bounds: [number, number] | null): void
  onCursor(index: number | null): void
}

/** One line over time: drag to zoom, double click to see all again. */
export function plotOptions({ size, colours, bounds, onZoom, onCursor }: Parts): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colours.axis,
    font: colours.font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1, size: 4 },
  }
  return {
    ...size,
    padding: [12, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 9, width: 2, stroke: colours.line, fill: colours.line },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          onZoom(null)
          return null
        },
      },
    },
    scales: { x: { time: true, range: () => bounds() }, y: { range: (_, low, high) => valueRange(low, high) } },
    axes: [
      { ...axis, space: 70, values: (_, splits) => timeLabels(splits) },
      { ...axis, size: (_, labels) => 18 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)) },
    ],
    series: [
      {},
      {
        stroke: colours.line,
        width: 1.75,
        fill: colours.fill,
        points: { stroke: colours.line, fill: colours.line, size: 4 },
        spanGaps: false,
      },
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 8) return
          onZoom([plot.posToVal(plot.select.left, 'x'), plot.posToVal(plot.select.left + plot.select.width, 'x')])
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

/** Room above and below the values; a constant gets a range around it, and nothing to draw gets 0 to 1. */
export function valueRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1
    return [low - room, high + room]
  }
  const room = (high - low) * 0.12
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room]
}
