import type { DatapointDocument } from '@sluice/model'
import { useMemo, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import 'uplot/dist/uPlot.min.css'
import { Button } from '../../ui/Button.tsx'
import { nextIndex } from '../graph/next-index.ts'
import { toColumns } from '../graph/points.ts'
import type { Columns } from '../graph/points.ts'
import { LineHandle } from './LineHandle.tsx'
import type { Mark } from './draw-preview.ts'
import type { PreviewLine, PreviewZone } from './preview-lines.ts'
import { usePreviewPlot } from './usePreviewPlot.ts'
import type { Bounds } from './usePreviewPlot.ts'

type Props = {
  points: readonly DatapointDocument[]
  window: Bounds
  near: Bounds | null
  lines: readonly PreviewLine[]
  zones: readonly PreviewZone[]
  marks: readonly Mark[]
  name: string
  unit: string
  onLine(line: PreviewLine, value: string): void
  onReset(): void
}

/** Stored values of a channel with the lines of the rule, which can be moved, and the moments it would have fired at. */
export function PreviewChart(props: Props): ReactNode {
  const { points, window, near, lines, zones, marks, name, unit, onLine, onReset } = props
  const box = useRef<HTMLDivElement>(null)
  const [index, setIndex] = useState<number | null>(null)
  const columns = useMemo(() => toColumns(points), [points])
  const { place, isZoomed, resetZoom, hold, moveCursor } = usePreviewPlot({
    box,
    columns,
    window,
    near,
    lines,
    zones,
    marks,
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
        <Readout columns={columns} index={index} unit={unit} hasLines={lines.length > 0} />
        {isZoomed && (
          <Button
            size="s"
            onClick={() => {
              resetZoom()
              onReset()
            }}
          >
            Reset zoom
          </Button>
        )}
      </figcaption>
      <div className="relative">
        <div
          ref={box}
          role="application"
          tabIndex={0}
          aria-roledescription="graph"
          aria-label={`Graph of ${name}${unit === '' ? '' : ` in ${unit}`} with ${marks.length} marks. Arrow keys walk over its values.`}
          onKeyDown={walk}
          className="h-64 w-full rounded-md sm:h-72"
        />
        {place !== null &&
          lines.map((line) => (
            <LineHandle
              key={`${line.index} ${line.field}`}
              line={line}
              unit={unit}
              place={place}
              onHold={hold}
              onChange={(value) => onLine(line, value)}
            />
          ))}
      </div>
    </figure>
  )
}

type ReadoutProps = { columns: Columns; index: number | null; unit: string; hasLines: boolean }

/** The value under the cursor in words, or how to get there. */
function Readout({ columns, index, unit, hasLines }: ReadoutProps): ReactNode {
  const value = index === null ? null : columns[1][index]
  const time = index === null ? undefined : columns[0][index]
  if (value === null || value === undefined || time === undefined) {
    return (
      <p className="text-[0.8125rem] text-muted max-sm:hidden">
        {hasLines ? 'Drag the dashed line to try another number, drag elsewhere to zoom.' : 'Drag to zoom.'}
      </p>
    )
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
