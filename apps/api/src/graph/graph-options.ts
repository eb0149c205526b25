import { numberOf } from '@sluice/model'
import { cleanText } from './graph-text.ts'
import { findTimeZone } from '../zone-names.ts'

/** How a graph looks: everything in range, nothing missing. */
export type GraphOptions = {
  /** pixels, 50–2000; width × height ≤ 2,000,000 */
  width: number
  /** pixels, 30–2000 */
  height: number
  /** `#rrggbb` */
  color: string
  /** ≤ 100 characters; empty for none */
  title: string
  legend: string
  /** width of the line in pixels, 1–10 */
  strokePx: number
  hasAxisLabels: boolean
  hasDetailedGrid: boolean
  scale: { kind: 'auto' } | { kind: 'datastream' } | { kind: 'manual'; min: number; max: number }
  /** a name or an offset that Intl knows */
  timeZone: string
}

/** Limits and defaults are ours: API v2 states none that is still known. */
const WIDTH = { min: 50, max: 2000, fallback: 600 }
const HEIGHT = { min: 30, max: 2000, fallback: 300 }
const STROKE = { min: 1, max: 10, fallback: 1.5 }
const AREA_MAX = 2_000_000
const TEXT_CHARS_MAX = 100
const COLOR = '#0a6e7c'

type Query = Readonly<Record<string, string>>

/**
 * What a graph's address asks for (API v2, PNG graph). Pages embedded such addresses for years, so nothing is refused:
 * what is out of range is clamped, what cannot be read takes its default. The long names are those that the old
 * service's embed form wrote (`width`, `colour`, `show_axis_labels`, …); where both stand, the short one counts.
 */
export function parseGraphOptions(query: Query): GraphOptions {
  return {
    ...parseSize(query),
    color: parseColor(query['c'] ?? query['colour'] ?? query['color']),
    title: parseText(query['t'] ?? query['title']),
    legend: parseText(query['l'] ?? query['legend']),
    strokePx: clamped(query['s'] ?? query['stroke_size'], STROKE),
    hasAxisLabels: isTrue(query['b'] ?? query['show_axis_labels']),
    hasDetailedGrid: isTrue(query['g'] ?? query['detailed_grid']),
    scale: parseScale(query),
    timeZone: zoneOf(query['timezone']),
  }
}

function parseSize(query: Query): { width: number; height: number } {
  const width = Math.round(clamped(query['w'] ?? query['width'], WIDTH))
  const height = Math.round(clamped(query['h'] ?? query['height'], HEIGHT))
  // too large an area keeps its shape
  const shrink = Math.min(1, Math.sqrt(AREA_MAX / (width * height)))
  return { width: Math.floor(width * shrink), height: Math.floor(height * shrink) }
}

function clamped(text: string | undefined, range: { min: number; max: number; fallback: number }): number {
  const number = numberOf(text?.trim() ?? '')
  return number === null ? range.fallback : Math.min(Math.max(number, range.min), range.max)
}

function parseColor(text: string | undefined): string {
  const [, digits = ''] = /^\s*#?([0-9a-f]{3}|[0-9a-f]{6})\s*$/i.exec(text ?? '') ?? []
  if (digits === '') return COLOR
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
  return `#${long.toLowerCase()}`
}

function parseText(text: string | undefined): string {
  return cleanText(text ?? '', TEXT_CHARS_MAX)
}

function isTrue(text: string | undefined): boolean {
  return /^\s*(?:true|t|1|yes|on)\s*$/i.test(text ?? '')
}

function parseScale(query: Query): GraphOptions['scale'] {
  const kind = query['scale']?.trim().toLowerCase()
  if (kind === 'datastream') return { kind }
  const min = numberOf(query['min']?.trim() ?? '')
  const max = numberOf(query['max']?.trim() ?? '')
  return kind === 'manual' && min !== null && max !== null && min < max ? { kind, min, max } : { kind: 'auto' }
}

/** An unknown one is UTC: whether the times of the history make sense is not the drawing's question. */
function zoneOf(text: string | undefined): string {
  if (text === undefined || text === '') return 'UTC'
  try {
    return findTimeZone(text).name
  } catch {
    return 'UTC'
  }
}
