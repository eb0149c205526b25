import { access, ACCESS_METHODS, NotFoundError, parseAddress, SluiceError } from '@sluice/model'
import type { Key, KeyCheckDocument, KeyPrincipal, Principal } from '@sluice/model'
import { validKeyIds } from '@sluice/store'
import type { Auth } from '../auth.ts'
import { checkKey } from '../check-key.ts'
import type { KeyQuestion } from '../check-key.ts'
import { getKey } from '../find-key.ts'
import { findTriggerFor, readId } from '../find-trigger.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

export type KeyCheckParts = RouteParts & { auth: Pick<Auth, 'constraints'> }

/** "Can this key …?": the question that every refusal raises. */
export function keyCheckRoutes(parts: KeyCheckParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/keys/:key/check',
      summary: 'Ask whether an API key may do something, and why: method, feed_id, datastream_id, source_ip, referer',
      who: 'principal',
      addresses: 'key',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => check(parts, context),
    },
  ]
}

/**
 * Asking is no use: it is not counted for `minimum_interval`. An address or a Referer that is not given is not known, so
 * that permissions which need it do not match.
 * @throws {SluiceError} `not_found` for a key, feed or trigger that is missing or that the caller may not know of
 */
async function check(parts: KeyCheckParts, { principal, params, query }: SignedContext): Promise<Answer> {
  const asked = readQuestion(query)
  const key = await getKey(parts, principal, params['key'])
  const about = await findAddressed(parts, principal, query)
  const answer = checkKey(principalOf(key, principal), {
    ...asked,
    about,
    waitS: (permission) => parts.auth.constraints.waitS(key.id, key.permissions.indexOf(permission), permission),
  })
  const isWorking = (await validKeyIds(parts.db.pool, [key.id])).has(key.id)
  const document: KeyCheckDocument = isWorking ? answer : { allowed: false, reasons: [whyNot(key), ...answer.reasons] }
  return { status: 200, document }
}

type Query = SignedContext['query']

/** @throws {SluiceError} `unprocessable` */
function readQuestion(query: Query): Pick<KeyQuestion, 'method' | 'from'> {
  const { method: word, source_ip: address, referer } = query as Partial<Record<string, string>>
  const problems: string[] = []
  const method = ACCESS_METHODS.find((known) => known === word?.toLowerCase())
  if (!method) problems.push(`method is not valid (pick one from ${ACCESS_METHODS.join(', ')})`)
  if (address && parseAddress(address) === null) problems.push('source_ip is not an IP address')
  const named = [query['feed_id'], query['trigger_id']].filter((id) => id !== undefined && id !== '')
  if (named.length !== 1) problems.push('Must supply one of feed_id (optionally with a datastream_id) or trigger_id')
  if (!method || problems.length > 0) throw new SluiceError('unprocessable', problems)
  return { method, from: { remoteAddress: address || null, referer: referer || null } }
}

/** @throws {SluiceError} `not_found`, `forbidden` for a trigger that the caller may not read */
async function findAddressed(
  { db, feeds }: KeyCheckParts,
  principal: Principal,
  query: Query,
): Promise<KeyQuestion['about']> {
  if (query['trigger_id']) return { trigger: await findTriggerFor(db, principal, 'get', query['trigger_id']) }
  const id = readId(query['feed_id'])
  const found = id === null ? null : await feeds.resolve(id)
  if (!found || access(principal, 'get', found) === 'hidden') {
    throw new NotFoundError(`Feed with ID = ${query['feed_id']}`)
  }
  const { feedId, accountId, isPrivate } = found
  const { datastream_id: datastreamId } = query as Partial<Record<string, string>>
  return { feed: { feedId, accountId, isPrivate, ...(datastreamId && { datastreamId }) } }
}

function principalOf(
  { id, accountId, permissions, privateAccess, expiresAt }: Key,
  { login }: Principal,
): KeyPrincipal {
  return { kind: 'key', accountId, login, keyId: id, permissions, privateAccess, expiresAt }
}

const whyNot = ({ expiresAt }: Key): string =>
  expiresAt !== null && Date.parse(expiresAt) <= Date.now()
    ? `The key expired at ${expiresAt}`
    : 'The key belongs to a device that is deactivated'
