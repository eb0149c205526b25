import type { DatapointEvent, RequestEntry } from '@sluice/model'
import type { LiveStatus } from '@sluice/sdk'
import { createContext, use, useEffect, useRef } from 'react'

export type LiveEvents = {
  datapoints: readonly DatapointEvent[]
  request: RequestEntry
  /** so much was missed that it was not fetched: load anew */
  incomplete: undefined
}
type Handlers = { [Name in keyof LiveEvents]: Set<(event: LiveEvents[Name]) => void> }

/** What arrives on one feed while its page is open, given on to whoever on the page wants it. */
export type LiveFeedEvents = {
  feedId: number
  status: LiveStatus
  on<Name extends keyof LiveEvents>(name: Name, handler: (event: LiveEvents[Name]) => void): () => void
}

export const LiveFeedContext = createContext<LiveFeedEvents | null>(null)

/** Handler sets of one page, apart from the connection so that they outlive a reconnect. */
export function makeHandlers(): Handlers {
  return { datapoints: new Set(), request: new Set(), incomplete: new Set() }
}

export function useLiveFeed(): LiveFeedEvents {
  const live = use(LiveFeedContext)
  if (!live) throw new Error('useLiveFeed needs a <LiveFeed> around it')
  return live
}

/** Calls back whenever the connection stands (again): what came between loading and listening can be read now. */
export function useWhenLive(catchUp: () => void): void {
  const { status } = useLiveFeed()
  const latest = useRef(catchUp)
  useEffect(() => {
    latest.current = catchUp
  })
  useEffect(() => {
    if (status === 'live') latest.current()
  }, [status])
}

/** Calls the handler for each event of one kind, as long as the component is there. */
export function useLiveEvent<Name extends keyof LiveEvents>(
  name: Name,
  handler: (event: LiveEvents[Name]) => void,
): void {
  const { on } = useLiveFeed()
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(() => on(name, (event) => latest.current(event)), [on, name])
}
