import { Maximize2, Minus, Plus } from 'lucide-react'
import { useRef } from 'react'
import type { ReactNode } from 'react'
import { useMap } from './useMap.ts'
import type { MapPosition } from './useMap.ts'

type Props = {
  position: MapPosition | null
  /** earlier places of a mobile device, oldest first */
  trail: readonly { lat: number; lon: number }[]
  onPlace(at: MapPosition): void
  /** what the pin stands for */
  label: string
}

/** A map of outlines that came with the page: no tiles, no other server. Click to place, drag the pin to move. */
export function WorldMap({ position, trail, onPlace, label }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const map = useMap({ box, position, trail, onPlace, label })
  const buttons = [
    { name: 'Zoom in', Icon: Plus, act: () => map.current?.zoomIn() },
    { name: 'Zoom out', Icon: Minus, act: () => map.current?.zoomOut() },
    { name: 'Whole world', Icon: Maximize2, act: () => map.current?.setView([25, 0], 1) },
  ]
  return (
    <div className="panel relative isolate overflow-hidden">
      <div
        ref={box}
        role="application"
        aria-label="Map. Arrow keys move it, plus and minus zoom. The place can also be typed below."
        className="map h-80 w-full"
      />
      <div className="absolute top-3 right-3 z-[500] grid overflow-hidden rounded-lg border border-line bg-surface">
        {buttons.map(({ name, Icon, act }) => (
          <button
            key={name}
            type="button"
            aria-label={name}
            title={name}
            onClick={act}
            className="grid size-8 place-items-center border-b border-line text-muted last:border-0 hover:bg-sunken hover:text-text focus-visible:-outline-offset-2"
          >
            <Icon size={15} aria-hidden />
          </button>
        ))}
      </div>
      {position === null && (
        <p className="pointer-events-none absolute inset-x-0 bottom-4 z-[500] text-center">
          <span className="rounded-full border border-line bg-surface px-3 py-1.5 text-[0.8125rem] text-muted">
            Click the map to place the device
          </span>
        </p>
      )}
    </div>
  )
}
