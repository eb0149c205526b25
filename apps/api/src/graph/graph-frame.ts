import { fitText, textWidth } from './graph-text.ts'
import type { GraphOptions } from './graph-options.ts'

/** Text at a baseline; `anchor` says which of its ends `x` is. */
export type Label = { text: string; x: number; y: number; sizePx: number; anchor: 'start' | 'middle' | 'end' }

/** Sizes in pixels that follow from the size of the image. */
export type Measures = { pad: number; textPx: number; titlePx: number }

/** What stands above the plot; null where it is left out. */
export type Header = { title: Label | null; legend: Label | null; unit: Label | null; bottom: number }
/** The image from top to bottom. `timesY` and `daysY` are baselines, null for no such row. */
export type Bands = {
  header: Header
  plotTop: number
  plotBottom: number
  timesY: number | null
  daysY: number | null
}

/** What is smaller than these has no room for the part, whatever was asked for. */
const LABELS_MIN = { width: 100, height: 52 }
const TITLE_MIN = { width: 80, height: 48 }
const NOTES_MIN = { width: 110, height: 78 }
const DAYS_MIN = { width: 220, height: 150 }
/** The piece of line in front of a legend, and the space between the two. */
export const SWATCH_PX = { length: 14, thicknessMax: 6, gap: 6 }

/** Of the width, the most that a legend may take. */
const LEGEND_SHARE_MAX = 0.7
/** Of a text's size, what its letters rise above the baseline. */
const ASCENT = 0.86

type Size = { width: number; height: number }

function hasRoom(image: Size, least: Size): boolean {
  return image.width >= least.width && image.height >= least.height
}

export function measuresOf(image: Size): Measures {
  if (!hasRoom(image, { width: 200, height: 100 })) return { pad: 4, textPx: 9, titlePx: 11 }
  if (!hasRoom(image, { width: 420, height: 200 })) return { pad: 7, textPx: 10, titlePx: 12 }
  if (!hasRoom(image, { width: 900, height: 400 })) return { pad: 10, textPx: 11, titlePx: 14 }
  return { pad: 14, textPx: 12, titlePx: 17 }
}

/** Shares the height out to title and legend, unit, plot, times and days. */
export function bandsOf(options: GraphOptions, unitLabel: string, measures: Measures): Bands {
  const { pad, textPx } = measures
  const isLabelled = options.hasAxisLabels && hasRoom(options, LABELS_MIN)
  const header = headerOf(options, isLabelled ? unitLabel : '', measures)
  // the uppermost value's label reaches half its height above the plot
  const space = header.bottom > pad ? 0.7 : isLabelled ? 0.3 : 0
  const plotTop = Math.round(header.bottom + space * textPx)
  if (!isLabelled) return { header, plotTop, plotBottom: options.height - pad, timesY: null, daysY: null }
  const daysY = hasRoom(options, DAYS_MIN) ? options.height - pad : null
  const timesY = daysY === null ? options.height - pad : daysY - Math.round(textPx * 1.45)
  return { header, plotTop, plotBottom: timesY - Math.round(textPx * 1.35), timesY, daysY }
}

/** A row for the title and one for the unit; the legend stands at the right end of the first that has room for it. */
function headerOf(options: GraphOptions, unitLabel: string, { pad, textPx, titlePx }: Measures): Header {
  const [left, right] = [pad, options.width - pad]
  const inner = right - left
  const hasNotes = hasRoom(options, NOTES_MIN)
  const title = hasRoom(options, TITLE_MIN) ? fitText(options.title, titlePx, inner) : ''
  const legend = hasNotes ? fitText(options.legend, textPx, inner * LEGEND_SHARE_MAX) : ''
  const legendPx = legend === '' ? 0 : textWidth(legend, textPx) + SWATCH_PX.length + SWATCH_PX.gap + 2 * textPx
  const isBesideTitle = title !== '' && textWidth(title, titlePx) + legendPx <= inner
  const unit = hasNotes ? fitText(unitLabel, textPx, inner - (isBesideTitle ? 0 : legendPx)) : ''
  const hasSecondRow = unit !== '' || (legend !== '' && !isBesideTitle)

  const titleBottom = title === '' ? pad : pad + titlePx * 1.2
  const secondTop = title === '' ? pad : titleBottom + textPx * 0.45
  const [titleY, secondY] = [pad + titlePx * ASCENT, secondTop + textPx * ASCENT]
  return {
    title: labelOf(title, { x: left, y: titleY, sizePx: titlePx, anchor: 'start' }),
    legend: labelOf(legend, { x: right, y: isBesideTitle ? titleY : secondY, sizePx: textPx, anchor: 'end' }),
    unit: labelOf(unit, { x: left, y: secondY, sizePx: textPx, anchor: 'start' }),
    bottom: hasSecondRow ? secondTop + textPx * 1.2 : titleBottom,
  }
}

function labelOf(text: string, place: Omit<Label, 'text'>): Label | null {
  return text === '' ? null : { text, ...place }
}
