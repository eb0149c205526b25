import type { ReactNode } from 'react'
import { sparkPath } from './spark-path.ts'

const WIDTH = 200
const HEIGHT = 28

/** The shape of the last values, without axes: decoration beside the value, so hidden from screen readers. */
export function Sparkline({ values }: { values: readonly number[] }): ReactNode {
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
      className="mt-2 h-7 w-full text-accent"
    >
      {values.length > 1 && (
        <path
          d={sparkPath(values, WIDTH, HEIGHT)}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
          opacity="0.8"
        />
      )}
    </svg>
  )
}
