import type { GraphOptions } from './graph-options.ts'

export type Range = { min: number; max: number }

/** Beyond this, a range's width would not be a finite number; below that, one of its steps would be zero. */
const EXTREME = 4e307
const NOTHING = 1e-280
/** Room above and below the data, as a share of its range. */
const PADDING = 0.06

/**
 * What the axis must at least show.
 * @param data smallest and largest value to be seen, null for none
 * @param known smallest and largest value that the datastream ever had
 * @returns null where nothing tells
 */
export function valueRange(scale: GraphOptions['scale'], data: Range | null, known: Range | null): Range | null {
  const auto = scale.kind === 'datastream' ? union(data, known) : (data ?? known)
  const asked = scale.kind === 'manual' ? scale : auto
  return asked && { min: bounded(asked.min), max: bounded(asked.max) }
}

function union(a: Range | null, b: Range | null): Range | null {
  if (!a || !b) return a ?? b
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

function bounded(value: number): number {
  return Math.abs(value) < NOTHING ? 0 : Math.min(Math.max(value, -EXTREME), EXTREME)
}

/** Round values in steps of 1, 2 or 5 times a power of ten. */
export type ValueTicks = { step: number; values: number[] }
/** `range`: the values at the lower and at the upper edge of the plot. */
export type ValueAxis = { range: Range; ticks: ValueTicks }

/**
 * An axis with as many ticks as there is room for, but two even where round values lie badly. Unless the range is
 * fixed, its edges move a little outward: to a round value where one is near, so that the plot begins and ends on a
 * line. They never pass zero: data without negative values shows none.
 * @param countMax ≥ 2
 */
export function valueAxis(asked: Range, countMax: number, isFixed: boolean): ValueAxis {
  if (isFixed && asked.min < asked.max) return { range: asked, ticks: roundValues(asked, countMax) }
  const range = padded(asked)
  const { step, values } = roundValues(range, countMax)
  if (values.length < multiples(step, range).length) return { range, ticks: { step, values } }
  const moved = { min: -edge(-range.min, -asked.min, step), max: edge(range.max, asked.max, step) }
  const ticks = { step, values: multiples(step, moved) }
  return ticks.values.length > countMax ? { range, ticks: { step, values } } : { range: moved, ticks }
}

function padded({ min, max }: Range): Range {
  const size = Math.max(Math.abs(min), Math.abs(max))
  // what a double can hardly tell apart is a constant
  const isConstant = max - min <= size * 1e-12
  const room = isConstant ? (size === 0 ? 1 : size * 0.05) : (max - min) * PADDING
  const from = min >= 0 ? Math.max(0, min - room) : min - room
  const to = max <= 0 && min < 0 ? Math.min(0, max + room) : max + room
  return { min: bounded(from), max: bounded(to) }
}

/** Of a step, how far an edge moves at most. */
const SNAP_SHARE = 0.4

/** The upper edge: the round value just below it if the data ends there, the one above if that is near. */
function edge(limit: number, dataMax: number, step: number): number {
  const below = Math.floor(limit / step + 1e-9) * step
  if (below >= dataMax) return below
  const above = Math.ceil(limit / step - 1e-9) * step
  return above - limit <= step * SNAP_SHARE ? above : limit
}

function roundValues({ min, max }: Range, countMax: number): ValueTicks {
  let denser: ValueTicks = { step: max - min, values: [min, max] }
  for (let power = Math.floor(Math.log10((max - min) / countMax)); ; power++) {
    for (const factor of [1, 2, 5]) {
      const step = factor * 10 ** power
      const values = multiples(step, { min, max })
      if (values.length < 2) return { step: denser.step, values: ends(denser.values) }
      if (values.length <= countMax) return { step, values }
      denser = { step, values }
    }
  }
}

function ends(values: readonly number[]): number[] {
  return values.filter((_, index) => index === 0 || index === values.length - 1)
}

function multiples(step: number, { min, max }: Range): number[] {
  const first = Math.ceil(min / step - 1e-9)
  const last = Math.floor(max / step + 1e-9)
  // a step below one is a fraction that no double holds: 3 / 10 is nearer than 3 × 0.1
  const scaled = (count: number): number => (step < 1 ? count / Math.round(1 / step) : count * step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => scaled(first + index))
}

const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const
const PLAIN_BELOW = 1e6
const DECIMALS_MAX = 12

/** Labels of ticks, all with the same digits behind the point: `21.5`, `−5`, `12 000`, `1.5 M`, `2e−9`. */
export function valueLabels({ step, values }: ValueTicks): string[] {
  const size = Math.max(...values.map(Math.abs), step)
  const magnitude = Math.floor(Math.log10(size) + 1e-9)
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  if (magnitude < -4 || decimals > DECIMALS_MAX) return values.map((value) => scientific(value, magnitude, step))
  if (size < PLAIN_BELOW) return values.map((value) => signed(grouped(value.toFixed(decimals))))
  const thousands = Math.floor(magnitude / 3)
  const suffix = SUFFIXES[thousands]
  const shortDecimals = Math.max(0, thousands * 3 - Math.floor(Math.log10(step) + 1e-9))
  if (shortDecimals > 3 && magnitude < 15) return values.map((value) => signed(grouped(value.toFixed(decimals))))
  if (suffix === undefined || shortDecimals > 3) return values.map((value) => scientific(value, magnitude, step))
  const unit = 10 ** (thousands * 3)
  return values.map((value) => (value === 0 ? '0' : signed(`${(value / unit).toFixed(shortDecimals)} ${suffix}`)))
}

function scientific(value: number, magnitude: number, step: number): string {
  if (value === 0) return '0'
  const decimals = Math.min(Math.max(0, magnitude - Math.floor(Math.log10(step) + 1e-9)), 15)
  return signed(`${(value / 10 ** magnitude).toFixed(decimals)}e${magnitude}`)
}

/** A real minus sign, and no negative zero. */
function signed(text: string): string {
  return (/^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text).replaceAll('-', '−')
}

/** Digits from 10 000 on stand in threes. */
function grouped(text: string): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? []
  return whole.length < 5 ? text : `${sign}${whole.replace(/\B(?=(?:\d{3})+$)/g, ' ')}${rest}`
}
