import type { DatapointDocument } from '@sluice/model'
import { useMemo, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import 'uplot/dist/uPlot.min.css'
import { Button } from '../../ui/Button.tsx'
import { nextIndex } from './next-index.ts'
import { toColumns } from './points.ts'
import type { Columns } from './points.ts'
import { usePlot } from './usePlot.ts'

type Props = {
  points: readonly DatapointDocument[]
  spanS: number
  name: string
  unit: string
  /** begins with the time around this moment, ISO 8601 */
  at?: string | undefined
}

/** A line that moves with time. Arrow keys walk over the values, Home and End go to the first and last. */
export function LiveGraph({ points, spanS, name, unit, at }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const [index, setIndex] = useState<number | null>(null)
  const columns = useMemo(() => toColumns(points), [points])
  const { isZoomed, resetZoom, moveCursor } = usePlot({
    box,
    columns,
    spanS,
    around: at === undefined ? null : Date.parse(at) / 1000,
    onCursor: setIndex,
  })
  const walk = (event: KeyboardEvent): void => {
    const next = nextIndex(event.key, index, columns)
    if (next === null) return
    event.preventDefault()
    moveCursor(next)
    setIndex(next)
  }
  return (
    <figure>
      <figcaption className="mb-1 flex h-7 items-center justify-between gap-3">
        <Readout columns={columns} index={index} unit={unit} />
        {isZoomed && (
          <Button size="s" onClick={resetZoom}>
            Reset zoom
          </Button>
        )}
      </figcaption>
      <div
        ref={box}
        role="application"
        tabIndex={0}
        aria-roledescription="graph"
        aria-label={`Graph of ${name}${unit === '' ? '' : ` in ${unit}`}. Arrow keys walk over its values.`}
        onKeyDown={walk}
        className="h-72 w-full rounded-md"
      />
    </figure>
  )
}

/** The value under the cursor in words, or how to get there. */
function Readout({ columns, index, unit }: { columns: Columns; index: number | null; unit: string }): ReactNode {
  const value = index === null ? null : columns[1][index]
  const time = index === null ? undefined : columns[0][index]
  if (value === null || value === undefined || time === undefined) {
    return <p className="text-[0.8125rem] text-muted max-sm:hidden">Point to read a value, drag to zoom.</p>
  }
  return (
    <p aria-live="polite" className="truncate">
      <strong className="font-semibold tabular-nums">
        {value} {unit}
      </strong>{' '}
      <span className="text-muted">
        {new Date(time * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
      </span>
    </p>
  )
}
