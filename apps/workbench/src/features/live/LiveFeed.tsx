import type { DeviceDocument, FeedDocument } from '@sluice/model'
import type { LiveStatus } from '@sluice/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import { client } from '../../client.ts'
import { showToast } from '../../ui/toasts.ts'
import { applyDatapoints } from './apply-datapoints.ts'
import { LiveFeedContext, makeHandlers } from './live-feed.ts'
import { notePushed, seenNow } from './read-live.ts'

/** how often values are asked for while nothing is pushed: some networks let no WebSocket through */
const FALLBACK_MS = 10_000

type Props = { feedId: number; deviceId: number; since: string; children: ReactNode }

/** Joins the feed's live events, keeps the cached feed and device current, and offers the events to the page. */
export function LiveFeed({ feedId, deviceId, since, children }: Props): ReactNode {
  const queries = useQueryClient()
  const [status, setStatus] = useState<LiveStatus>('connecting')
  const [handlers] = useState(makeHandlers)
  const [firstSince] = useState(since)
  useEffect(() => {
    let wasLive = false
    const live = client.live(
      feedId,
      {
        onStatus(next) {
          setStatus(next)
          // what the first connection fetches was not missed: the page was still loading
          if (next === 'reconnecting') wasLive = true
        },
        onDatapoints(points) {
          notePushed({ feedId, points })
          queries.setQueryData<FeedDocument>(['feed', feedId], (feed) => feed && applyDatapoints(feed, points))
          queries.setQueryData<DeviceDocument>(['device', deviceId], (device) => device && seenNow(device))
          for (const handler of handlers.datapoints) handler(points)
        },
        onRequest(entry) {
          for (const handler of handlers.request) handler(entry)
        },
        onUpdated() {
          void queries.invalidateQueries({ queryKey: ['feed', feedId] })
          void queries.invalidateQueries({ queryKey: ['device', deviceId] })
        },
        onGap(gap) {
          if (!gap.isComplete) {
            void queries.invalidateQueries({ queryKey: ['history', feedId] })
            for (const handler of handlers.incomplete) handler(undefined)
          }
          const count = gap.points === 1 ? '1 value' : `${gap.points} values`
          if (wasLive && gap.points > 0)
            showToast({ kind: 'ok', text: `Connected again: ${count} fetched that were missed.` })
        },
      },
      { since: firstSince },
    )
    return () => live.close()
  }, [feedId, deviceId, firstSince, handlers, queries])
  useEffect(() => {
    if (status === 'live') return undefined
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['feed', feedId] }), FALLBACK_MS)
    return () => clearInterval(timer)
  }, [status, feedId, queries])
  const value = useMemo(
    () => ({
      feedId,
      status,
      on: (name: keyof typeof handlers, handler: never) => {
        const set: Set<unknown> = handlers[name]
        set.add(handler)
        return () => void set.delete(handler)
      },
    }),
    [feedId, status, handlers],
  )
  return <LiveFeedContext value={value}>{children}</LiveFeedContext>
}
