import type { Format } from '@sluice/model'
import { normaliseTarget } from './target.ts'

/** What a publish writes to: one feed, or one datastream of it. */
export type PublishTarget = { feedId: string; datastreamId?: string; format: Format }

const TARGET = /^\/v2\/feeds\/([^/]+)(?:\/datastreams\/([^/]+))?$/

/**
 * Reads a topic as the API address that it is (API v2, MQTT): `/v2/feeds/504.json`, `/v2/feeds/504/datastreams/0.csv`.
 * The leading slash may be missing, `/api/v2` is `/v2`, and without an extension it is JSON.
 * @returns null for every other topic
 */
export function parsePublishTopic(topic: string): PublishTarget | null {
  if (topic.includes('?')) return null
  const { url, format } = normaliseTarget(topic.startsWith('/') ? topic : `/${topic}`)
  const [, feedId, datastreamId] = TARGET.exec(url) ?? []
  if (feedId === undefined) return null
  return { feedId, ...(datastreamId !== undefined && { datastreamId: decode(datastreamId) }), format: format ?? 'json' }
}

/** An address may be percent-encoded; no datastream id has a percent sign. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
