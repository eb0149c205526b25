import { isUtf8 } from 'node:buffer'
import { parseDatastreamBody, parseFeedBody, type Body } from '@sluice/formats'
import { SluiceError } from '@sluice/model'
import type { KeyPrincipal, Micros } from '@sluice/model'
import type { Logger } from '@sluice/service'
import type { Auth } from './auth.ts'
import { bodyText } from './body-text.ts'
import { requireUsable } from './key-constraints.ts'
import type { KeyClient } from './key-uses.ts'
import { parsePublishTopic } from './mqtt-topic.ts'
import type { PublishTarget } from './mqtt-topic.ts'
import type { PerformParts } from './perform.ts'
import { HttpError, noRoute, problemOf } from './problem.ts'
import { findFeedFor } from './reach.ts'
import { beginningOf } from './request-entry.ts'
import type { RequestLog } from './request-log.ts'
import { writeDatastream, writeFeed } from './write-feed.ts'
import type { WriteParts, Writing } from './write-feed.ts'

export type PublishParts = WriteParts & {
  auth: Pick<Auth, 'identifyKey'>
  limiters: PerformParts['limiters']
  log: Pick<RequestLog, 'note'>
  logger: Logger
}
/** Who publishes: the key of the connection and what it was when the connection was opened. */
export type Publisher = { key: string; principal: KeyPrincipal; from: KeyClient }
/** `refused` will be refused again; after `failed`, sending it again may help. */
export type Published = 'stored' | 'refused' | 'failed' | 'unauthorized'
export type Publish = { topic: string; payload: Buffer; isWill: boolean; receivedAt: Micros }

/**
 * Does what PUT on the address does that the topic is (API v2, MQTT), and notes it in the request log, refused or not.
 * What the key may do is looked up for each publish: it may have changed since the connection was opened.
 * @returns `stored` after COMMIT
 */
export async function performPublish(parts: PublishParts, publisher: Publisher, publish: Publish): Promise<Published> {
  const startedAt = performance.now()
  const target = parsePublishTopic(publish.topic)
  let written: readonly string[] | null = null
  let failure: unknown = null
  try {
    if (!target) throw noRoute('PUBLISH', publish.topic)
    written = await write(parts, publisher, { ...publish, target })
  } catch (error) {
    failure = error
  }
  const problem = failure === null ? null : problemOf(failure, 'of this publish')
  const { principal, from } = publisher
  if (problem?.status === 500) parts.logger.error({ err: failure, keyId: principal.keyId }, 'publish failed')
  parts.log.note(principal.accountId, {
    at: publish.receivedAt,
    feedId: target && /^[1-9]\d{0,14}$/.test(target.feedId) ? Number(target.feedId) : null,
    method: publish.isWill ? 'WILL' : 'PUBLISH',
    path: publish.topic,
    status: problem?.status ?? 200,
    tookMs: performance.now() - startedAt,
    protocol: 'mqtt',
    remoteAddress: from.address,
    keyId: principal.keyId,
    datastreamId: target?.datastreamId ?? null,
    ...(written && { datastreamIds: written }),
    requestHeaders: [],
    requestBody: beginningOf(publish.payload),
    responseHeaders: [],
    responseBody: problem === null ? '' : JSON.stringify(problem.document),
  })
  return problem === null ? 'stored' : kindOf(failure, problem.status)
}

function kindOf(failure: unknown, status: number): Published {
  if (status === 401) return 'unauthorized'
  const isLimited = failure instanceof SluiceError && failure.code === 'rate_limited'
  return isLimited || status >= 500 ? 'failed' : 'refused'
}

/** @returns the datastreams written to */
async function write(
  parts: PublishParts,
  { key, from }: Publisher,
  { target, payload, receivedAt }: Publish & { target: PublishTarget },
): Promise<string[]> {
  const principal = await parts.auth.identifyKey(key, from)
  requireUsable(principal)
  if (parts.limiters) {
    parts.limiters.key.take(principal.keyId)
    parts.limiters.account.take(principal.accountId)
  }
  const { datastreamId, format } = target
  if (format !== 'json' && format !== 'csv') {
    throw new HttpError(406, 'Not Acceptable', `This resource is not available as ${format}; publish .json or .csv`)
  }
  const feed = await findFeedFor(parts.feeds, principal, 'put', target)
  if (!isUtf8(payload)) throw new SluiceError('invalid', 'The body is not valid UTF-8')
  const body: Body = { text: bodyText(payload), format, version: 'v2' }
  const writing: Writing = { principal, feed, receivedAt }
  if (datastreamId === undefined) {
    const patch = parseFeedBody(body, receivedAt)
    await writeFeed(parts, writing, patch)
    return (patch.datastreams ?? []).map(({ id }) => id)
  }
  await writeDatastream(parts, writing, parseDatastreamBody(body, datastreamId, receivedAt))
  return [datastreamId]
}
