import type { GeoJSONOptions, geoJSON } from 'leaflet'
import { feature } from 'topojson-client'
import coarseUrl from 'world-atlas/countries-110m.json?url'
import fineUrl from 'world-atlas/countries-50m.json?url'

export type Outlines = Parameters<typeof geoJSON<GeoJSONOptions>>[0]
type World = Parameters<typeof feature>[0]

/** Outlines of the countries at 1:110 million, for the whole world at once. */
export const coarseWorld = (): Promise<Outlines> => countries(coarseUrl)

/** The same at 1:50 million, seven times larger: for who looks closer. */
export const fineWorld = (): Promise<Outlines> => countries(fineUrl)

async function countries(url: string): Promise<Outlines> {
  const world = (await (await fetch(url)).json()) as World
  const shapes = world.objects['countries']
  return shapes === undefined ? null : feature(world, shapes)
}
