import { useEffect, useRef } from 'react'
import type { RefObject } from 'react'
import './trusted-leaflet.ts'
import * as leaflet from 'leaflet'
import 'leaflet/dist/leaflet.css'
import './map.css'
import { coarseWorld, fineWorld } from './world.ts'

export type MapPosition = { lat: number; lng: number }

type Parts = {
  box: RefObject<HTMLDivElement | null>
  position: MapPosition | null
  trail: readonly { lat: number; lon: number }[]
  onPlace(at: MapPosition): void
  label: string
}

const WORLD: leaflet.LatLngTuple = [25, 0]
/** from here on the coarse outline looks coarse */
const FINE_ZOOM = 4
const PLACED_ZOOM = 4

/** Keeps one Leaflet map in a box: outlines, the pin, the trail. Its controls that need innerHTML are left out. */
export function useMap({ box, position, trail, onPlace, label }: Parts): RefObject<leaflet.Map | null> {
  const map = useRef<leaflet.Map>(null)
  const pin = useRef<leaflet.Marker>(null)
  const path = useRef<leaflet.Polyline>(null)
  const latest = useRef({ position, onPlace })
  useEffect(() => {
    latest.current = { position, onPlace }
  })

  useEffect(() => {
    if (!box.current) return undefined
    const start = latest.current.position
    const made = leaflet.map(box.current, {
      center: start ?? WORLD,
      zoom: start ? PLACED_ZOOM : 1,
      minZoom: 1,
      maxZoom: 12,
      zoomControl: false,
      attributionControl: false,
      worldCopyJump: true,
      maxBounds: [
        [-90, -Infinity],
        [90, Infinity],
      ],
    })
    made.on('click', ({ latlng }) => latest.current.onPlace(latlng))
    map.current = made
    drawWorld(made)
    const resizes = new ResizeObserver(() => made.invalidateSize())
    resizes.observe(box.current)
    return () => {
      resizes.disconnect()
      made.remove()
      map.current = null
      pin.current = null
      path.current = null
    }
  }, [box])

  useEffect(() => {
    if (!map.current) return
    pin.current = placePin(map.current, pin.current, position, (at) => latest.current.onPlace(at))
    pin.current?.getElement()?.setAttribute('aria-label', `Pin of ${label}`)
  }, [position, label])

  useEffect(() => {
    path.current?.remove()
    path.current = null
    if (!map.current || trail.length === 0) return
    const places = trail.map(({ lat, lon }): leaflet.LatLngTuple => [lat, lon])
    path.current = leaflet
      .polyline(position ? [...places, [position.lat, position.lng]] : places, {
        className: 'map-trail',
        interactive: false,
      })
      .addTo(map.current)
  }, [trail, position])

  return map
}

function placePin(
  map: leaflet.Map,
  pin: leaflet.Marker | null,
  position: MapPosition | null,
  onPlace: (at: MapPosition) => void,
): leaflet.Marker | null {
  if (position === null) {
    pin?.remove()
    return null
  }
  if (pin) {
    pin.setLatLng(position)
    if (!map.getBounds().contains(position)) map.panTo(position)
    return pin
  }
  const head = document.createElement('span')
  head.className = 'map-pin'
  const icon = leaflet.divIcon({ html: head, className: '', iconSize: [24, 24], iconAnchor: [12, 12] })
  const made = leaflet.marker(position, { icon, draggable: true, autoPan: true, keyboard: true }).addTo(map)
  made.on('dragend', () => onPlace(made.getLatLng()))
  return made
}

/** Coarse outlines at once, fine ones when somebody looks closer. Both are files of this page. */
function drawWorld(map: leaflet.Map): void {
  let shown: leaflet.GeoJSON | null = null
  let isRemoved = false
  const show = async (load: typeof coarseWorld): Promise<void> => {
    const outlines = await load()
    if (isRemoved) return
    shown?.remove()
    shown = leaflet.geoJSON(outlines, { interactive: false, style: { className: 'map-land' } }).addTo(map)
    shown.bringToBack()
  }
  const refine = (): void => {
    if (map.getZoom() < FINE_ZOOM) return
    map.off('zoomend', refine)
    void show(fineWorld)
  }
  map.on('unload', () => {
    isRemoved = true
  })
  map.on('zoomend', refine)
  void show(coarseWorld).then(refine)
}
