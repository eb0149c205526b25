import { SWATCH_PX, type Label } from './graph-frame.ts'
import type { Drawing } from './graph-drawing.ts'
import type { GraphOptions } from './graph-options.ts'
import { areaData, lineData, stretchesOf, type Spot } from './graph-path.ts'
import { GUTTER_GAP_PX, sceneOf, type Rectangle, type Scene } from './graph-scene.ts'
import { escapeXml, fitText, textWidth } from './graph-text.ts'
import { spanLabel, timeLines } from './time-scale.ts'

/** The font whose widths `graph-text.ts` knows. */
export const GRAPH_FONT = 'DejaVu Sans'

const INK = { title: '#10201f', text: '#526261', faint: '#667776', axis: '#aab7b7', grid: '#e3e9e9', fine: '#f2f5f5' }
const AREA_OPACITY = 0.09
const TICK_PX = 4
/** Lines of a detailed grid are no closer than this. */
const FINE_PX_MIN = 11

/**
 * A graph as SVG, for a white page: an area and a line over quiet lines at round values. Parts that do not fit into the
 * image are left out, and labels never touch.
 */
export function graphSvg(drawing: Drawing, options: GraphOptions): string {
  const scene = sceneOf(drawing, options)
  const { width, height } = options
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${GRAPH_FONT}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    grid(scene, options.hasDetailedGrid),
    axes(scene, options),
    scene.hasData ? line(scene, options) : note(scene, drawing.isTextOnly),
    header(scene, options),
    '</svg>',
  ].join('')
}

function grid(scene: Scene, isDetailed: boolean): string {
  const { plot, valueTicks, timeTicks, window, clock, xOf, yOf } = scene
  const rows = valueTicks.map(({ value }) => row(yOf(value), plot))
  if (!isDetailed) return stroke(rows, INK.grid)
  const lines = timeLines(window, clock, { widthPx: plot.right - plot.left, spacePx: FINE_PX_MIN })
  const fine = [...fineValues(scene).map((value) => row(yOf(value), plot)), ...lines.map((ms) => column(xOf(ms), plot))]
  const columns = timeTicks.map(({ ms }) => column(xOf(ms), plot))
  return stroke(fine, INK.fine) + stroke([...rows, ...columns], INK.grid)
}

/** Values between those of the ticks and beyond them, as many as can be told apart. */
function fineValues({ valueTicks, range, yOf }: Scene): number[] {
  const [first, second] = valueTicks.map(({ value }) => value)
  if (first === undefined || second === undefined) return []
  const distancePx = yOf(first) - yOf(second)
  const parts = [5, 4, 2].find((count) => distancePx / count >= FINE_PX_MIN)
  if (parts === undefined) return []
  const step = (second - first) / parts
  const below = Math.floor((first - range.min) / step)
  const count = Math.floor((range.max - first) / step) + below
  return Array.from({ length: count + 1 }, (_, index) => first + (index - below) * step)
}

function line(scene: Scene, { color, strokePx }: GraphOptions): string {
  const { plot, range, track, xOf, yOf } = scene
  const stretches = stretchesOf(track, { plot, xOf, yOf })
  const level = range.min < 0 && range.max > 0 ? yOf(0) : plot.bottom
  const areas = stretches.map((stretch) => areaData(stretch, level)).join('')
  const lines = stretches.filter((stretch) => stretch.length > 1).map(lineData)
  const alone = stretches.filter((stretch) => stretch.length === 1).flat()
  const radius = Math.max(strokePx * 1.2, 2.5)
  const dots = alone.map(({ x, y }) => `<circle cx="${px(x)}" cy="${px(y)}" r="${radius}" fill="${color}"/>`)
  const shapes = [
    `<path d="${areas}" fill="${color}" fill-opacity="${AREA_OPACITY}"/>`,
    `<path d="${lines.join('')}" fill="none" stroke="${color}" stroke-width="${strokePx}" stroke-linejoin="round" stroke-linecap="round"/>`,
    ...dots,
  ].join('')
  return stretches.flat().every((spot) => isInside(spot, plot)) ? shapes : clipped(shapes, plot, radius)
}

function isInside({ x, y }: Spot, { left, right, top, bottom }: Rectangle): boolean {
  return x >= left && x <= right && y >= top && y <= bottom
}

/** Cuts off what leaves the plot; `marginPx` lets a line along its edge be seen as a whole. Takes half as long again. */
function clipped(shapes: string, { left, right, top, bottom }: Rectangle, marginPx: number): string {
  const [x, y] = [left - marginPx, top - marginPx]
  const [width, height] = [right + marginPx - x, bottom + marginPx - y]
  const rectangle = `<rect x="${x}" y="${y}" width="${width}" height="${height}"/>`
  return `<clipPath id="plot">${rectangle}</clipPath><g clip-path="url(#plot)">${shapes}</g>`
}

const NOTES = {
  empty: ['No datapoints in this window', 'No datapoints', 'No data'],
  textOnly: ['No numeric datapoints', 'No numbers'],
} as const

/** The longest note that fits says why there is no line. */
function note({ plot, measures }: Scene, isTextOnly: boolean): string {
  const room = plot.right - plot.left
  const text = NOTES[isTextOnly ? 'textOnly' : 'empty'].find((some) => textWidth(some, measures.textPx) <= room) ?? ''
  const [x, y] = [(plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2 + measures.textPx * 0.36]
  return label({ text, x, y, sizePx: measures.textPx, anchor: 'middle' }, INK.faint)
}

function axes(scene: Scene, { width }: GraphOptions): string {
  const { plot, range, bands, measures, valueTicks, timeTicks, xOf, yOf } = scene
  const { textPx } = measures
  const lines = [row(plot.bottom, plot)]
  if (range.min < 0 && range.max > 0) lines.push(row(yOf(0), plot))
  if (bands.timesY === null) return stroke(lines, INK.axis)
  const { timesY } = bands
  const values = valueTicks.map(({ value, label: text }) =>
    label(
      { text, x: plot.left - GUTTER_GAP_PX, y: yOf(value) + textPx * 0.36, sizePx: textPx, anchor: 'end' },
      INK.text,
    ),
  )
  const times = timeTicks.map(({ ms, label: text, isMajor }) => {
    const x = xOf(ms)
    lines.push(`M${crisp(x)} ${plot.bottom}v${TICK_PX}`)
    const half = textWidth(text, textPx) / 2
    if (x - half < 1 || x + half > width - 1) return ''
    return label({ text, x, y: timesY, sizePx: textPx, anchor: 'middle' }, isMajor ? INK.title : INK.text)
  })
  return stroke(lines, INK.axis) + values.join('') + times.join('') + days(scene, width)
}

/** Below the times: the days that the window spans, and whose clock is shown. */
function days({ bands, measures, plot, window, clock }: Scene, width: number): string {
  if (bands.daysY === null) return ''
  const { pad, textPx } = measures
  const span = spanLabel(window, clock)
  const room = width - pad - plot.left - textWidth(span, textPx) - 2 * textPx
  const zone = fitText(zoneLabel(clock.timeZone), textPx, Math.max(0, room))
  const place = { y: bands.daysY, sizePx: textPx }
  return (
    label({ ...place, text: span, x: plot.left, anchor: 'start' }, INK.faint) +
    label({ ...place, text: zone, x: width - pad, anchor: 'end' }, INK.faint)
  )
}

function zoneLabel(timeZone: string): string {
  return /^[+-]/.test(timeZone) ? `UTC${timeZone.replace('-', '−')}` : timeZone.replaceAll('_', ' ')
}

function header({ bands, measures }: Scene, { color, strokePx }: GraphOptions): string {
  const { title, unit, legend } = bands.header
  const parts = [title ? label(title, INK.title) : '', unit ? label(unit, INK.faint) : '']
  if (legend) {
    const end = legend.x - textWidth(legend.text, legend.sizePx) - SWATCH_PX.gap
    const y = px(legend.y - measures.textPx * 0.36)
    const swatch = `M${px(end - SWATCH_PX.length)} ${y}H${px(end)}`
    const thickness = Math.min(Math.max(strokePx, 2), SWATCH_PX.thicknessMax)
    parts.push(label(legend, INK.text), `<path d="${swatch}" stroke="${color}" stroke-width="${thickness}"/>`)
  }
  return parts.join('')
}

function label({ text, x, y, sizePx, anchor }: Label, color: string): string {
  if (text === '') return ''
  return `<text x="${px(x)}" y="${px(y)}" font-size="${sizePx}" text-anchor="${anchor}" fill="${color}">${escapeXml(text)}</text>`
}

function stroke(paths: readonly string[], color: string): string {
  return paths.length === 0 ? '' : `<path d="${paths.join('')}" fill="none" stroke="${color}"/>`
}

function row(y: number, { left, right }: Rectangle): string {
  return `M${left} ${crisp(y)}H${right}`
}

function column(x: number, { top, bottom }: Rectangle): string {
  return `M${crisp(x)} ${top}V${bottom}`
}

/** A line one pixel wide fills one row of pixels when it runs through their middle. */
function crisp(at: number): number {
  return Math.round(at) + 0.5
}

function px(at: number): number {
  return Math.round(at * 100) / 100
}
