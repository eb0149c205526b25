import { isWellFormedKey } from '@sluice/model'
import type { ApiVersion, TextFormat } from '@sluice/model'
import { normaliseTarget } from '../target.ts'

/** Characters of a topic that may be subscribed to. MQTT would allow 65,535 bytes, but a subscription keeps its topic. */
export const TOPIC_CHARS_MAX = 2048

export type Topic = {
  /** the API key in front of it */
  key: string | null
  /** the rest, as written */
  path: string
  /** address of the API that it stands for */
  target: string
  /** a topic of ours: the refusals of the client, or values without a document around them */
  native: 'refused' | { feedId: number; datastreamId: string | null } | null
}

/** What a subscription to a feed or a datastream is told of it. */
export type Shown = { feedId: number; datastreamId: string | null } & (
  | { as: 'document'; format: TextFormat; version: ApiVersion }
  | { as: 'value' }
)

const NATIVE = /^\/?sluice\/(?:(refused)|([1-9]\d{0,14})(?:\/([^/]+))?)$/s
const FEED_OR_DATASTREAM = /^\/v2\/feeds\/([1-9]\d{0,14})(?:\/datastreams\/([^/?]+))?$/

/**
 * Reads a topic: an address of the API (API v2, MQTT) such as `/v2/feeds/504.json`, its leading slash may be missing;
 * `sluice/504/temperature`, `sluice/504` or `sluice/refused`; each of them perhaps behind an API key.
 */
export function parseTopic(text: string): Topic {
  const { key, path } = splitKey(text)
  const [, refused, feedId, datastream] = NATIVE.exec(path) ?? []
  if (feedId === undefined) {
    const target = path.startsWith('/') ? path : `/${path}`
    return { key, path, target, native: refused === undefined ? null : 'refused' }
  }
  const datastreamId = datastream === undefined ? null : decode(datastream)
  const stream = datastreamId === null ? '' : `/datastreams/${encodeURIComponent(datastreamId)}`
  return { key, path, target: `/v2/feeds/${feedId}${stream}`, native: { feedId: Number(feedId), datastreamId } }
}

/** A datastream id with a plus sign has to be written with `%2B`: neither names nor filters may have one (MQTT §4.7.1). */
export const hasWildcard = (topic: string): boolean => topic.includes('#') || topic.includes('+')

/** @returns null for what is read once: other resources, pictures, and addresses with a query */
export function shownBy({ target, native }: Topic): Shown | null {
  if (native === 'refused') return null
  if (native) return { ...native, as: 'value' }
  const { url, format, version } = normaliseTarget(target)
  const [, feedId, datastream] = FEED_OR_DATASTREAM.exec(url) ?? []
  if (feedId === undefined || format === 'png') return null
  const datastreamId = datastream === undefined ? null : decode(datastream)
  const layout = { format: format ?? (version === 'v1' ? 'xml' : 'json'), version } as const
  return { feedId: Number(feedId), datastreamId, as: 'document', ...layout }
}

function splitKey(text: string): { key: string | null; path: string } {
  const start = text.startsWith('/') ? 1 : 0
  const end = text.indexOf('/', start)
  const first = end < 0 ? '' : text.slice(start, end)
  return isWellFormedKey(first) ? { key: first, path: text.slice(end) } : { key: null, path: text }
}

/** As the routes do it: a topic may be percent-encoded, and no datastream id has a percent sign. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
