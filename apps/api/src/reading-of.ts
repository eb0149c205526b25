import type { Reading } from './read-feed.ts'
import type { FeedContext, RouteContext } from './route.ts'

/** What a request asks to read, seen from the moment it came. */
export const readingOf = ({ principal, feed, publicUrl, query, receivedAt: now }: FeedContext): Reading => ({
  principal,
  feed,
  publicUrl,
  query,
  now,
})

/**
 * Where something new can be found: absolute, ending in its id, without extension (API v2, trap 9). Pachube's clients look
 * for the extension there.
 */
export function locationOf({ publicUrl, version }: RouteContext, path: string): string {
  return version === 'v1' ? `${publicUrl}/v1${path}.xml` : `${publicUrl}/v2${path}`
}
