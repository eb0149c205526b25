import { parseTriggerBody, renderTrigger, renderTriggerV2 } from '@sluice/formats'
import { armTrigger, insertTrigger, listTriggers, removeTrigger, updateTrigger } from '@sluice/store'
import { dueAt } from '@sluice/triggers'
import { findTriggerFor, readId } from '../find-trigger.ts'
import { isYes } from '../read-feed.ts'
import { locationOf } from '../reading-of.ts'
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
      formats: ['json', 'xml'],
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/triggers',
      summary: 'Create a trigger on a feed of yours or on a public one; its id is the last segment of Location',
      formats: ['json', 'xml'],
      who: 'principal',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => create(parts, context),
    },
    {
      method: 'GET',
      path: TRIGGER,
      summary: 'Read a trigger; full=true shows all members',
      formats: ['json', 'xml'],
      who: 'principal',
      addresses: 'trigger',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: TRIGGER,
      summary: 'Change a trigger; what is not given stays. Deliveries under way are not changed',
      formats: ['json', 'xml'],
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
    ...actionRoutes(parts),
  ]
}

/** What can be done to a trigger beside changing it. */
function actionRoutes(parts: TriggerParts): Route[] {
  return [
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

/** API v2's members in the format that was asked for, or all there is, which there is only as JSON. */
function isFull({ principal, query, format }: SignedContext): boolean {
  return format === 'json' && (principal.kind === 'owner' || isYes(query['full']))
}

async function list({ db }: TriggerParts, context: SignedContext): Promise<Answer> {
  const { principal, query } = context
  const feedId = query['feed_id'] === undefined ? undefined : readId(query['feed_id'])
  // an id that cannot be a feed's has no triggers
  const triggers =
    feedId === null ? [] : await listTriggers(db.pool, principal.accountId, feedId === undefined ? {} : { feedId })
  const visible = triggers.filter((trigger) => triggerAccess(principal, 'get', trigger) === 'allowed')
  if (isFull(context)) return { status: 200, document: visible.map(renderTrigger) }
  return { status: 200, representation: { kind: 'triggers', document: visible.map(renderTriggerV2) } }
}

async function read({ db }: TriggerParts, context: SignedContext): Promise<Answer> {
  const trigger = await findTriggerFor(db, context.principal, 'get', context.params['triggerId'])
  if (isFull(context)) return { status: 200, document: renderTrigger(trigger) }
  return { status: 200, representation: { kind: 'trigger', document: renderTriggerV2(trigger) } }
}

async function create(parts: TriggerParts, context: SignedContext): Promise<Answer> {
  const { principal } = context
  const write = await prepareTrigger(parts, principal, 'post', parseTriggerBody(context.readBody()))
  const id = await context.once.make(async (tx) => String(await insertTrigger(tx, principal.accountId, write)))
  return { status: 201, location: locationOf(context, `/triggers/${id}`) }
}

async function update(parts: TriggerParts, context: SignedContext): Promise<Answer> {
  const { principal, params } = context
  const current = await findTriggerFor(parts.db, principal, 'put', params['triggerId'])
  requireAction(principal, current.action)
  const wanted = parseTriggerBody(context.readBody(), current)
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
