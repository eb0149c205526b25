import { useRef } from 'react'
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react'
import { niceStep, snapped } from './preview-lines.ts'
import type { PreviewLine } from './preview-lines.ts'
import type { PlotPlace } from './usePreviewPlot.ts'

type Props = {
  line: PreviewLine
  unit: string
  place: PlotPlace
  /** while it is held, the axis must not move under it */
  onHold(isHeld: boolean): void
  onChange(value: string): void
}

/** Steps of a key press, in steps of the graph. */
const KEYS: Record<string, number> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }

/** Takes hold of a line: by pointer over its whole width, by keyboard as a slider. */
export function LineHandle({ line, unit, place, onHold, onChange }: Props): ReactNode {
  const { top, height, low, high } = place
  const grab = useRef<number>(null)
  const step = niceStep(high - low)
  const share = Math.min(1, Math.max(0, (high - line.value) / (high - low)))
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const frame = event.currentTarget.parentElement?.getBoundingClientRect()
    if (grab.current === null || frame === undefined) return
    const y = Math.min(height, Math.max(0, event.clientY - grab.current - frame.top - top))
    onChange(snapped(high - (y / height) * (high - low), step))
  }
  const end = (): void => {
    if (grab.current === null) return
    grab.current = null
    onHold(false)
  }
  const press = (event: KeyboardEvent): void => {
    const steps = KEYS[event.key]
    if (steps === undefined) return
    event.preventDefault()
    onChange(snapped(line.value + steps * step, step))
  }
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={line.label}
      aria-orientation="vertical"
      aria-valuenow={line.value}
      aria-valuemin={Math.min(low, line.value)}
      aria-valuemax={Math.max(high, line.value)}
      aria-valuetext={`${line.value} ${unit}`.trim()}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        const box = event.currentTarget.getBoundingClientRect()
        grab.current = event.clientY - (box.top + box.height / 2)
        onHold(true)
      }}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      style={{ top: top + share * height }}
      className="group absolute right-0 left-14 flex h-4 -translate-y-1/2 cursor-ns-resize touch-none items-center justify-end outline-none"
    >
      <span className="rounded bg-warn px-1.5 text-xs leading-5 font-medium text-bg tabular-nums group-focus-visible:outline-2 group-focus-visible:outline-offset-2 group-focus-visible:outline-accent">
        {line.value} {unit}
      </span>
    </div>
  )
}
