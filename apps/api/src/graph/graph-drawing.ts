import type { TimeWindow } from './time-scale.ts'
import type { Range } from './value-scale.ts'

/** Numbers in time order, as columns: both are equally long. */
export type Track = {
  /** milliseconds since 1970, with fractions */
  ms: Float64Array<ArrayBuffer>
  values: Float64Array<ArrayBuffer>
}

/** What is to be drawn, whatever the points said besides numbers. */
export type Drawing = {
  track: Track
  window: TimeWindow
  /** smallest and largest number that the datastream ever had, null where it does not say */
  known: Range | null
  unitLabel: string
  /** what stands in place of the line where no number is to be seen */
  isTextOnly: boolean
}

/** Smallest and largest value inside the window, null for none. */
export function extentOf({ ms, values }: Track, { from, to }: TimeWindow): Range | null {
  let [min, max] = [Infinity, -Infinity]
  values.forEach((value, index) => {
    const at = ms[index] ?? Number.NaN
    if (!(at >= from && at <= to)) return
    if (value < min) min = value
    if (value > max) max = value
  })
  return min <= max ? { min, max } : null
}
