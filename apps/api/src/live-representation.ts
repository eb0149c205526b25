import { renderDatastream, renderEnvironment, renderFeed } from '@sluice/formats'
import { access, visibleDatastreams } from '@sluice/model'
import type { Feed, Micros, Principal, Representation } from '@sluice/model'

export type LiveView = {
  principal: Principal
  publicUrl: string
  now: Micros
  /** of one datastream, where the subscription is to that */
  datastreamId?: string
}

/**
 * What a subscription shows: the document that GET on its address would show now.
 * @returns null where there is none, or none that the subscriber may see (any more)
 */
export function liveRepresentation(feed: Feed | null, view: LiveView): Representation | null {
  if (!feed) return null
  const { principal, publicUrl, now, datastreamId } = view
  const { id: feedId, accountId, isPrivate } = feed
  const addressed = { feedId, accountId, isPrivate, ...(datastreamId !== undefined && { datastreamId }) }
  if (access(principal, 'get', addressed) !== 'allowed') return null
  if (datastreamId === undefined) {
    const visible = principal.accountId === accountId ? visibleDatastreams(principal, 'get', feedId) : null
    return { kind: 'feed', document: renderFeed(feed, { publicUrl, now, visible }) }
  }
  const datastream = feed.datastreams.find(({ id }) => id === datastreamId)
  if (!datastream) return null
  const document = renderDatastream(datastream, { isDocument: true })
  return { kind: 'datastream', document, environment: renderEnvironment(feed, publicUrl) }
}
