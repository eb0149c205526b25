import type { Track } from './graph-drawing.ts'

export type Spot = { x: number; y: number }
/** Unbroken stretches of the line, each at least one spot long, in pixels. */
export type Stretch = readonly Spot[]
export type Place = {
  plot: { left: number; right: number }
  xOf(ms: number): number
  yOf(value: number): number
}

/** A pause is a gap when it is so many times longer than nine in ten of the steps between points … */
const GAP_FACTOR = 5
const USUAL_SHARE = 0.9
/** … if there are enough of them to tell what is usual, and the gap can be seen. */
const STEPS_FOR_GAPS = 8
const GAP_PX_MIN = 6

/**
 * The line of a track: broken where the device was silent for unusually long, and thinned where more points than pixels
 * lie behind one another: of each column of pixels the first, lowest, highest and last point stay, so that no peak is
 * lost.
 * @param place pixels of a time and of a value; points outside `left…right` are left out but for the nearest ones
 */
export function stretchesOf(track: Track, place: Place): Stretch[] {
  const { left, right } = place.plot
  const spots: Spot[] = Array.from(track.ms, (ms, index) => ({
    x: place.xOf(ms),
    y: place.yOf(track.values[index] ?? 0),
  }))
  const gapPx = gapOf(spots)
  const visible = spots.filter(
    ({ x }, index) => (spots[index + 1]?.x ?? x) >= left && (spots[index - 1]?.x ?? x) <= right,
  )
  const stretches: Spot[][] = []
  visible.forEach((spot, index) => {
    const before = visible[index - 1]
    const current = stretches.at(-1)
    if (!current || !before || spot.x - before.x > gapPx) stretches.push([spot])
    else current.push(spot)
  })
  return stretches.map(thinned).filter((stretch) => stretch.some(({ x }) => x >= left && x <= right))
}

/** The longest step in pixels that the line bridges. */
function gapOf(spots: readonly Spot[]): number {
  const steps = Float64Array.from(spots.slice(1), ({ x }, index) => x - (spots[index]?.x ?? x)).sort()
  const usual = steps[Math.floor((steps.length - 1) * USUAL_SHARE)]
  if (usual === undefined || steps.length < STEPS_FOR_GAPS) return Infinity
  return Math.max(usual * GAP_FACTOR, GAP_PX_MIN)
}

function thinned(stretch: readonly Spot[]): Spot[] {
  const kept: Spot[] = []
  let column: Spot[] = []
  for (const spot of stretch) {
    const first = column[0]
    if (first && Math.floor(spot.x) !== Math.floor(first.x)) {
      kept.push(...marks(column))
      column = []
    }
    column.push(spot)
  }
  return [...kept, ...marks(column)]
}

/** First, lowest, highest and last of one column, in time order and each once. */
function marks(column: readonly Spot[]): readonly Spot[] {
  if (column.length <= 4) return column
  let [low, high] = [0, 0]
  column.forEach(({ y }, index) => {
    if (y > (column[low]?.y ?? y)) low = index
    if (y < (column[high]?.y ?? y)) high = index
  })
  const keep = new Set([0, low, high, column.length - 1])
  return column.filter((_, index) => keep.has(index))
}

/** Far outside every graph, near enough for the renderer's single precision. */
const FAR_PX = 1e5

function coordinate(px: number): string {
  return String(Math.round(Math.min(Math.max(px, -FAR_PX), FAR_PX) * 100) / 100)
}

/** SVG path data of a stretch, `M1 2L3 4`. */
export function lineData(stretch: Stretch): string {
  return `M${stretch.map(({ x, y }) => `${coordinate(x)} ${coordinate(y)}`).join('L')}`
}

/** SVG path data of what lies between a stretch and a level. */
export function areaData(stretch: Stretch, levelPx: number): string {
  const [first, last] = [stretch[0], stretch.at(-1)]
  if (!first || !last) return ''
  const level = coordinate(levelPx)
  return `${lineData(stretch)}L${coordinate(last.x)} ${level}L${coordinate(first.x)} ${level}Z`
}
