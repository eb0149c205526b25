const MARGIN = 2

/** An SVG path through values at equal steps, filling width and height; a constant lies in the middle. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const low = Math.min(...values)
  const span = Math.max(...values) - low
  const step = width / Math.max(1, values.length - 1)
  const room = height - 2 * MARGIN
  return values
    .map((value, index) => {
      const share = span === 0 ? 0.5 : (value - low) / span
      return `${index === 0 ? 'M' : 'L'}${round(index * step)} ${round(MARGIN + room * (1 - share))}`
    })
    .join('')
}

const round = (value: number): number => Math.round(value * 10) / 10
