import { parseKeyBody, renderKey } from '@sluice/formats'
import { isWellFormedKey, NotFoundError, SluiceError } from '@sluice/model'
import type { MadeKeyDocument, NewKey, Principal } from '@sluice/model'
import { findSealedKey, insertAudit, insertKey, listKeys, removeKey, updateKey } from '@sluice/store'
import { getKey, keyAudit } from '../find-key.ts'
import { readId } from '../find-trigger.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'
import { keyCheckRoutes } from './key-check.ts'
import type { KeyCheckParts } from './key-check.ts'
import { keyRollRoutes } from './key-roll.ts'

export type KeyRouteParts = KeyCheckParts

/** Keys of API v2: a master key or the owner manages them, any other key may read itself. */
export function keyRoutes(parts: KeyRouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/keys',
      summary: 'List the API keys of your account, masked',
      formats: ['json', 'xml'],
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/keys',
      summary: 'Create an API key; it is the last segment of Location',
      formats: ['json', 'xml'],
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => create(parts, context),
    },
    {
      method: 'GET',
      path: '/v2/keys/:key',
      summary: 'Read an API key; one that is not a master key may read itself',
      formats: ['json', 'xml'],
      who: 'principal',
      addresses: 'key',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: '/v2/keys/:key',
      summary: 'Change what an API key may do',
      formats: ['json', 'xml'],
      who: 'master',
      addresses: 'key',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: '/v2/keys/:key',
      summary: 'Remove an API key; programs that use it are refused from now on',
      who: 'master',
      addresses: 'key',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
    ...keyRollRoutes(parts),
    ...keyCheckRoutes(parts),
  ]
}

async function list({ db }: RouteParts, { principal, query }: SignedContext): Promise<Answer> {
  const feedId = query['feed_id'] === undefined ? undefined : readId(query['feed_id'])
  // an id that cannot be a feed's has no keys
  const keys =
    feedId === null ? [] : await listKeys(db.pool, principal.accountId, feedId === undefined ? {} : { feedId })
  const forOwner = principal.kind === 'owner'
  const document = { keys: keys.map((key) => renderKey(key, { forOwner })) }
  return { status: 200, representation: { kind: 'keys', document } }
}

async function create(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal } = context
  const wanted = parseKeyBody(context.readBody())
  await requireGrantable(parts, principal, wanted)
  const { key: _text, ...stored } = parts.keys.make()
  const made = await context.once.make(async (tx) => {
    const inserted = await insertKey(tx, principal.accountId, { ...wanted, ...stored })
    await insertAudit(tx, keyAudit(context, 'key.create', inserted))
    return String(inserted.id)
  })
  const id = Number(made)
  // read back: an earlier attempt of the same request may have made it
  const sealed = await findSealedKey(parts.db.pool, principal.accountId, id)
  if (!sealed) throw new NotFoundError('Key')
  const key = parts.keys.open(sealed)
  const location = `${context.publicUrl}/v2/keys/${key}`
  if (principal.kind === 'key') return { status: 201, location }
  const document: MadeKeyDocument = { id, api_key: key }
  return { status: 201, location, document }
}

async function read(parts: RouteParts, { principal, params }: SignedContext): Promise<Answer> {
  const asked = params['key'] ?? ''
  const key = await getKey(parts, principal, asked)
  // who names a key by its text knows it already
  const shown = isWellFormedKey(asked) ? { apiKey: asked } : {}
  const document = { key: renderKey(key, { ...shown, forOwner: principal.kind === 'owner' }) }
  return { status: 200, representation: { kind: 'key', document } }
}

async function update(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal, params } = context
  const wanted = parseKeyBody(context.readBody())
  const key = await getKey(parts, principal, params['key'])
  await requireGrantable(parts, principal, wanted)
  await parts.db.inTransaction(async (tx) => {
    await updateKey(tx, principal.accountId, key.id, wanted)
    await insertAudit(tx, keyAudit(context, 'key.update', key))
  })
  return { status: 200 }
}

async function remove(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal, params } = context
  const key = await getKey(parts, principal, params['key'])
  await parts.db.inTransaction(async (tx) => {
    await removeKey(tx, principal.accountId, key.id)
    await insertAudit(tx, keyAudit(context, 'key.remove', key))
  })
  return { status: 200 }
}

/**
 * A key may name only feeds of its own account, a foreign one reads like a missing one; and it must not outlive the
 * key that made it. More than that a master key, which may do everything, cannot give away.
 * @throws {SluiceError} `unprocessable`
 */
async function requireGrantable({ feeds }: RouteParts, principal: Principal, wanted: NewKey): Promise<void> {
  const feedIds = new Set(
    wanted.permissions.flatMap(({ resources }) => (resources ?? []).flatMap(({ feedId }) => feedId ?? [])),
  )
  const problems: string[] = []
  for (const feedId of feedIds) {
    const feed = await feeds.resolve(feedId)
    if (feed?.accountId !== principal.accountId) {
      problems.push(`permissions_resources_feed_id is invalid: couldn't find feed ${feedId}`)
    }
  }
  if (principal.kind === 'key' && principal.expiresAt !== null) {
    const isLonger = wanted.expiresAt === null || Date.parse(wanted.expiresAt) > Date.parse(principal.expiresAt)
    if (isLonger) problems.push("expires_at can't be later than that of the key that grants it")
  }
  if (problems.length > 0) throw new SluiceError('unprocessable', problems)
}
