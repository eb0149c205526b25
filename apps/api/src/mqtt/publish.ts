import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { formatTimestamp, parseJson } from '@sluice/model'
import type { ErrorDocument, KeyPrincipal, Micros } from '@sluice/model'
import type { Dispatch } from '../dispatch.ts'
import type { Exchange } from '../exchange.ts'
import type { Peer } from './keys.ts'
import { parseTopic } from './topic.ts'
import type { Topic } from './topic.ts'

/** Who publishes: null is the key of one whose topics bring it. */
export type Publisher = Peer & { readonly key: string | null }
export type Publish = { topic: string; payload: Buffer; isWill: boolean; receivedAt: Micros }

/** `refused` will be refused again; after `failed`, sending it again may help; `unauthorized` names no key that works. */
export type Published = {
  kind: 'stored' | 'refused' | 'failed' | 'unauthorized'
  /** a key that works, and whose it is */
  shown: { key: string; principal: KeyPrincipal } | null
  /** what a subscriber of `sluice/refused` is told */
  refusal: Refusal | null
}
/** `topic` and `at` (when it came) tell which publish it was. */
export type Refusal = { topic: string; status: number; at: string } & ErrorDocument

/**
 * Does what PUT on the address does that the topic stands for (API v2, MQTT), and notes it in the request log, refused or
 * not. The key is looked up for each publish: what it may do can have changed since the connection was opened.
 * @returns `stored` after COMMIT
 */
export async function performPublish(dispatch: Dispatch, publisher: Publisher, publish: Publish): Promise<Published> {
  const topic = parseTopic(publish.topic)
  const key = keyOf(publisher, topic)
  if (key === null) return { kind: 'unauthorized', shown: null, refusal: null }
  const exchange = await dispatch({
    protocol: 'mqtt',
    method: 'PUT',
    ...requestOf(topic, publish.payload),
    headers: headersOf(publisher, key),
    remoteAddress: publisher.address,
    receivedAt: publish.receivedAt,
    loggedAs: { method: publish.isWill ? 'WILL' : 'PUBLISH', path: topic.path },
  })
  const { principal } = exchange
  const shown = principal?.kind === 'key' ? { key, principal } : null
  return { shown, ...outcomeOf(exchange, publish) }
}

/** What there is of a head: the client id is what the client calls itself. */
export function headersOf({ name }: Peer, key: string): IncomingHttpHeaders {
  return { 'x-apikey': key, ...(name !== '' && { 'user-agent': name }) }
}

/**
 * The key in front of a topic, else that of the connection.
 * @returns null where there is none, or two different ones: which one counts must not depend on us
 */
export function keyOf(publisher: Publisher, topic: Topic): string | null {
  if (publisher.key === null || topic.key === null) return topic.key ?? publisher.key
  return topic.key === publisher.key ? topic.key : null
}

/** `YYYY-MM-DD…,` in front of a value: when it was. */
const AT_AND_VALUE = /^(\d{4}-\d\d-\d\d[^,]{0,30}),(.*)$/s

/**
 * A native topic is PUT on the feed, which makes a datastream that is missing: `sluice/504/temperature` with `21.5`, or
 * with `2026-01-01T00:00:00Z,21.5`; `sluice/504` with an object of values. What is no such payload is left to the route
 * to refuse.
 */
function requestOf({ target, native }: Topic, payload: Buffer): { target: string; body: Buffer } {
  if (native === null || native === 'refused') return { target, body: payload }
  const feed = `/v2/feeds/${native.feedId}.json`
  const datastreams = isUtf8(payload) ? patchesOf(native.datastreamId, payload.toString()) : null
  return { target: feed, body: datastreams ? Buffer.from(JSON.stringify({ datastreams })) : payload }
}

function patchesOf(datastreamId: string | null, text: string): object[] | null {
  if (datastreamId === null) return patchesOfObject(text)
  const [, at, value = text] = AT_AND_VALUE.exec(text.trim()) ?? []
  return [{ id: datastreamId, current_value: value.trim(), ...(at !== undefined && { at }) }]
}

function patchesOfObject(text: string): object[] | null {
  try {
    const values = parseJson(text)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) return null
    // without a value means to the route that nothing is to be stored, which nobody who publishes one can mean
    return Object.entries(values).map(([id, value]: [string, unknown]) => ({ id, current_value: value ?? '' }))
  } catch {
    return null
  }
}

function outcomeOf({ reply, problem }: Exchange, { topic, receivedAt }: Publish): Omit<Published, 'shown'> {
  const { status, headers } = reply
  if (problem === null) return { kind: 'stored', refusal: null }
  const refusal = { topic, status, ...problem, at: formatTimestamp(receivedAt) }
  if (status === 401) return { kind: 'unauthorized', refusal }
  // the rate limit of API v2 is a 403, too
  const mayHelp = status >= 500 || headers.includes('Retry-After')
  return { kind: mayHelp ? 'failed' : 'refused', refusal }
}
