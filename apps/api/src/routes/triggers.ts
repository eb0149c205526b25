import { parseTriggerBody, renderTrigger, renderTriggerV2 } from '@sluice/formats'
import type { Principal, TriggerDocument, TriggerV2Document } from '@sluice/model'
import { armTrigger, insertTrigger, listTriggers, removeTrigger, updateTrigger } from '@sluice/store'
import type { ListedTrigger } from '@sluice/store'
import { dueAt } from '@sluice/triggers'
import { bodyText } from '../body-text.ts'
import { findTriggerFor, readId } from '../find-trigger.ts'
import { isYes } from '../read-feed.ts'
import type { TriggerParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { sendTest } from '../test-delivery.ts'
import { triggerAccess } from '../trigger-access.ts'
import { nameOf, prepareTrigger, requireAction } from '../write-trigger.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'

const TRIGGER = '/v2/triggers/:triggerId'

/** Triggers of API v2. Keys get its documents, a signed-in owner (or `?full=true`) all there is. */
export function triggerRoutes(parts: TriggerParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/triggers',
      summary: 'List your triggers, of one feed with feed_id; full=true shows all members',
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/triggers',
      summary: 'Create a trigger on a feed of yours or on a public one; its id is the last segment of Location',
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => create(parts, context),
    },
    {
      method: 'GET',
      path: TRIGGER,
      summary: 'Read a trigger; full=true shows all members',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async (context) => {
        const trigger = await findTriggerFor(parts.db, context.principal, 'get', context.params['triggerId'])
        return { status: 200, document: render(context)(trigger) }
      },
    },
    {
      method: 'PUT',
      path: TRIGGER,
      summary: 'Change a trigger; what is not given stays. Deliveries under way are not changed',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: TRIGGER,
      summary: 'Remove a trigger; what it fired and is not delivered yet is cancelled',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
    {
      method: 'POST',
      path: `${TRIGGER}/arm`,
      summary: 'Let a trigger that fired fire again, whatever its rule says now',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => arm(parts, context),
    },
    {
      method: 'POST',
      path: `${TRIGGER}/test`,
      summary: 'Send a message with the current value, marked as a test',
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => test(parts, context),
    },
  ]
}

type Render = (trigger: ListedTrigger) => TriggerDocument | TriggerV2Document

function render({ principal, query }: { principal: Principal; query: SignedContext['query'] }): Render {
  return principal.kind === 'owner' || isYes(query['full']) ? renderTrigger : renderTriggerV2
}

async function list({ db }: TriggerParts, context: SignedContext): Promise<Answer> {
  const { principal, query } = context
  const feedId = query['feed_id'] === undefined ? undefined : readId(query['feed_id'])
  // an id that cannot be a feed's has no triggers
  const triggers =
    feedId === null ? [] : await listTriggers(db.pool, principal.accountId, feedId === undefined ? {} : { feedId })
  const visible = triggers.filter((trigger) => triggerAccess(principal, 'get', trigger) === 'allowed')
  return { status: 200, document: visible.map(render(context)) }
}

async function create(parts: TriggerParts, { principal, body, publicUrl }: SignedContext): Promise<Answer> {
  const write = await prepareTrigger(parts, principal, 'post', parseTriggerBody(bodyText(body)))
  const id = await parts.db.inTransaction((tx) => insertTrigger(tx, principal.accountId, write))
  return { status: 201, location: `${publicUrl}/v2/triggers/${id}` }
}

async function update(parts: TriggerParts, { principal, params, body }: SignedContext): Promise<Answer> {
  const current = await findTriggerFor(parts.db, principal, 'put', params['triggerId'])
  requireAction(principal, current.action)
  const wanted = parseTriggerBody(bodyText(body), current)
  // a name that nobody gave goes on telling the rule
  const name = wanted.name ?? (current.name === nameOf(current.rule) ? null : current.name)
  const write = await prepareTrigger(parts, principal, 'put', { ...wanted, name, current })
  await parts.db.inTransaction((tx) => updateTrigger(tx, principal.accountId, current.id, write))
  return { status: 200 }
}

async function remove({ db }: TriggerParts, { principal, params }: SignedContext): Promise<Answer> {
  const trigger = await findTriggerFor(db, principal, 'delete', params['triggerId'])
  requireAction(principal, trigger.action)
  await db.inTransaction((tx) => removeTrigger(tx, principal.accountId, trigger.id))
  return { status: 200 }
}

async function arm({ db }: TriggerParts, { principal, params }: SignedContext): Promise<Answer> {
  const trigger = await findTriggerFor(db, principal, 'put', params['triggerId'])
  requireAction(principal, trigger.action)
  await db.inTransaction((tx) => armTrigger(tx, principal.accountId, trigger.id, dueAt))
  return { status: 200 }
}

async function test(parts: TriggerParts, { principal, params, receivedAt, publicUrl }: SignedContext): Promise<Answer> {
  const trigger = await findTriggerFor(parts.db, principal, 'put', params['triggerId'])
  requireAction(principal, trigger.action)
  const id = await sendTest(parts, trigger, { now: receivedAt, publicUrl })
  parts.onQueued()
  return { status: 201, document: { delivery_id: id } }
}
