import { bandsOf, measuresOf, type Bands, type Measures } from './graph-frame.ts'
import type { GraphOptions } from './graph-options.ts'
import { extentOf, type Drawing, type Track } from './graph-drawing.ts'
import { cleanText, textWidth } from './graph-text.ts'
import { timeTicks, type TimeTick, type TimeWindow } from './time-scale.ts'
import { valueAxis, valueLabels, valueRange, type Range, type ValueAxis } from './value-scale.ts'
import { makeWallClock, type WallClock } from './wall-clock.ts'

/** Where everything of one graph stands, in pixels of the image. */
export type Scene = {
  track: Track
  /** whether a number lies in the window */
  hasData: boolean
  window: TimeWindow
  clock: WallClock
  range: Range
  measures: Measures
  bands: Bands
  plot: Rectangle
  valueTicks: ValueTick[]
  timeTicks: TimeTick[]
  xOf(ms: number): number
  yOf(value: number): number
}
export type Rectangle = { left: number; right: number; top: number; bottom: number }
/** `label` is empty where there is no room or no wish for labels. */
export type ValueTick = { value: number; label: string }

const UNIT_CHARS_MAX = 100
/** Text sizes from one value's label to the next; a plot that cannot hold two labels has none. */
const VALUE_SPACING = 2.6
const PLOT_TEXTS_MIN = 2.2
/** Of the width, the most that labels of values may take, and the space behind them. */
const GUTTER_SHARE_MAX = 0.4
export const GUTTER_GAP_PX = 6
const NO_VALUES: ValueAxis = { range: { min: 0, max: 1 }, ticks: { step: 1, values: [] } }

export function sceneOf({ track, window, known, unitLabel }: Drawing, options: GraphOptions): Scene {
  const measures = measuresOf(options)
  const bands = bandsOf(options, cleanText(unitLabel, UNIT_CHARS_MAX), measures)
  const data = extentOf(track, window)
  const asked = valueRange(options.scale, data, known)
  const texts = (bands.plotBottom - bands.plotTop) / measures.textPx
  const isFixed = options.scale.kind === 'manual'
  const axis = asked ? valueAxis(asked, Math.max(2, Math.floor(texts / VALUE_SPACING)), isFixed) : NO_VALUES
  const valueTicks = texts < PLOT_TEXTS_MIN ? [] : labelled(axis, options, { bands, measures })
  const plot = plotOf(valueTicks, options, { bands, measures })
  const clock = makeWallClock(options.timeZone)
  const [widthPx, heightPx] = [plot.right - plot.left, plot.bottom - plot.top]
  const { min, max } = axis.range
  return {
    track,
    hasData: data !== null,
    window,
    clock,
    range: axis.range,
    measures,
    bands,
    plot,
    valueTicks,
    timeTicks: timeTicks(window, clock, { widthPx, textPx: measures.textPx }),
    xOf: (ms) => plot.left + ((ms - window.from) / (window.to - window.from)) * widthPx,
    yOf: (value) => plot.bottom - ((value - min) / (max - min)) * heightPx,
  }
}

type Layout = { bands: Bands; measures: Measures }

function labelled({ ticks }: ValueAxis, { width }: GraphOptions, { bands, measures }: Layout): ValueTick[] {
  const labels = valueLabels(ticks)
  const widest = Math.max(0, ...labels.map((label) => textWidth(label, measures.textPx)))
  const isShown = bands.timesY !== null && widest <= width * GUTTER_SHARE_MAX
  return ticks.values.map((value, index) => ({ value, label: isShown ? (labels[index] ?? '') : '' }))
}

function plotOf(ticks: readonly ValueTick[], { width }: GraphOptions, { bands, measures }: Layout): Rectangle {
  const widest = Math.max(0, ...ticks.map(({ label }) => textWidth(label, measures.textPx)))
  const gutter = widest === 0 ? 0 : Math.ceil(widest) + GUTTER_GAP_PX
  return { left: measures.pad + gutter, right: width - measures.pad, top: bands.plotTop, bottom: bands.plotBottom }
}
