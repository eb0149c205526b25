import type { DatapointEvent, FeedDocument } from '@sluice/model'
import { numberOf } from '@sluice/model'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { client } from '../../client.ts'
import { useLiveEvent } from '../live/live-feed.ts'

const WINDOW = '30minutes'
/** points asked for each channel; a window with more comes cut off at its new end, so it is not shown */
const POINTS_MAX = 400
/** values drawn */
const SHOWN_MAX = 80

/** The last numeric values of every channel: half an hour of history, then what arrives. */
export function useSparks(feedId: number): ReadonlyMap<string, readonly number[]> {
  const { data } = useQuery({
    queryKey: ['sparks', feedId],
    queryFn: () => client.feeds.get(feedId, { duration: WINDOW, limit: POINTS_MAX }),
    staleTime: Infinity,
    gcTime: 0,
  })
  const [arrived, setArrived] = useState<readonly DatapointEvent[]>([])
  useLiveEvent('datapoints', (points) => setArrived((before) => [...before, ...points].slice(-POINTS_MAX * 5)))
  return useMemo(() => joinSparks(data, arrived), [data, arrived])
}

function joinSparks(feed: FeedDocument | undefined, arrived: readonly DatapointEvent[]): Map<string, number[]> {
  const points = new Map<string, Map<string, number>>()
  const add = (id: string, at: string, value: string): void => {
    const number = numberOf(value)
    if (number === null) return
    const known = points.get(id) ?? new Map<string, number>()
    points.set(id, known.set(at, number))
  }
  for (const { id, datapoints = [] } of feed?.datastreams ?? []) {
    if (datapoints.length < POINTS_MAX) for (const { at, value } of datapoints) add(id, at, value)
  }
  for (const { datastream, at, value } of arrived) add(datastream, at, value)
  return new Map([...points].map(([id, known]) => [id, [...known.values()].slice(-SHOWN_MAX)]))
}
