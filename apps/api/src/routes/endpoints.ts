import { NotFoundError, parseTimestamp, formatTimestamp, SluiceError } from '@sluice/model'
import type { EndpointDocument } from '@sluice/model'
import {
  findEndpoint,
  findEndpointSecret,
  insertAudit,
  listEndpoints,
  redeliverDead,
  rotateEndpointSecret,
  updateEndpoint,
} from '@sluice/store'
import { z } from 'zod'
import { readId } from '../find-trigger.ts'
import { parseBody } from '../parse-body.ts'
import type { TriggerParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import type { SignInGuard } from '../sign-in-guard.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'
import { ownerOf, PasswordAgain } from './password-again.ts'

const ENDPOINT = '/v2/endpoints/:endpointId'
const small = { bodyBytesMax: BODY_NONE_BYTES, addresses: 'endpoint' } as const

export type EndpointParts = TriggerParts & { guard: SignInGuard }

/** Targets of an account's triggers: how they are, and what their messages are signed with. */
export function endpointRoutes(parts: EndpointParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/endpoints',
      summary: 'List the targets of your triggers and how deliveries to them fare',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async ({ principal }) => {
        const endpoints = await listEndpoints(parts.db.pool, principal.accountId)
        return { status: 200, document: { endpoints } }
      },
    },
    {
      ...small,
      method: 'GET',
      path: ENDPOINT,
      summary: 'Read a target of your triggers',
      who: 'master',
      handle: async (context) => ({ status: 200, document: await find(parts, context) }),
    },
    {
      ...small,
      method: 'PUT',
      path: ENDPOINT,
      summary: 'Pause a target, let it go on, or enable one that failures disabled',
      who: 'master',
      handle: (context) => update(parts, context),
    },
    {
      ...small,
      method: 'POST',
      path: `${ENDPOINT}/redeliver`,
      summary: 'Send all deliveries to a target again that were given up and fired since a time',
      who: 'master',
      handle: (context) => sendDeadAgain(parts, context),
    },
    ...secretRoutes(parts),
  ]
}

function secretRoutes(parts: EndpointParts): Route[] {
  return [
    {
      ...small,
      method: 'POST',
      path: `${ENDPOINT}/secret`,
      summary: 'Show what messages to a target are signed with, after the password is given again',
      who: 'owner',
      handle: (context) => reveal(parts, context),
    },
    {
      ...small,
      method: 'POST',
      path: `${ENDPOINT}/rotate`,
      summary: 'Sign with a new secret; the old one signs too for 24 hours. Asks for the password',
      who: 'owner',
      handle: (context) => rotate(parts, context),
    },
  ]
}

const Change = z.object({
  paused: z.boolean('must be true or false').nullish(),
  verifies_tls: z.boolean('must be true or false').nullish(),
  enabled: z.literal(true, 'can only be true: to stop deliveries, pause the endpoint').nullish(),
})

async function update(parts: EndpointParts, context: SignedContext): Promise<Answer> {
  const { id } = await find(parts, context)
  const { paused, verifies_tls: verifiesTls, enabled } = parseBody(Change, context)
  const patch = {
    ...(typeof paused === 'boolean' && { isPaused: paused }),
    ...(typeof verifiesTls === 'boolean' && { verifiesTls }),
    ...(enabled && { isEnabled: enabled }),
  }
  await parts.db.inTransaction((tx) => updateEndpoint(tx, context.principal.accountId, id, patch))
  parts.onQueued()
  return { status: 200 }
}

const Since = z.object({
  since: z.string().transform((text, context) => {
    const at = parseTimestamp(text)
    if (at !== null) return formatTimestamp(at)
    context.addIssue({ code: 'custom', message: 'is not an ISO 8601 timestamp' })
    return z.NEVER
  }),
})

async function sendDeadAgain(parts: EndpointParts, context: SignedContext): Promise<Answer> {
  const { id } = await find(parts, context)
  const { since } = parseBody(Since, context)
  const redelivered = await parts.db.inTransaction((tx) => redeliverDead(tx, id, since))
  if (redelivered > 0) parts.onQueued()
  return { status: 200, document: { redelivered } }
}

async function reveal(parts: EndpointParts, context: SignedContext): Promise<Answer> {
  const principal = ownerOf(context.principal)
  const { password } = parseBody(PasswordAgain, context)
  await parts.guard.provePassword({ principal, password, address: context.remoteAddress })
  const { id, kind } = await find(parts, context)
  const sealed = await findEndpointSecret(parts.db.pool, principal.accountId, id)
  if (!sealed) throw hasNone(kind)
  const secret = parts.endpointSecrets.open(sealed)
  await audit(parts, context, { action: 'endpoint-secret.reveal', id })
  return { status: 200, document: { secret } }
}

async function rotate(parts: EndpointParts, context: SignedContext): Promise<Answer> {
  const principal = ownerOf(context.principal)
  const { password } = parseBody(PasswordAgain, context)
  await parts.guard.provePassword({ principal, password, address: context.remoteAddress })
  const { id, kind } = await find(parts, context)
  const { secret, sealed } = parts.endpointSecrets.make()
  const until = await parts.db.inTransaction((tx) => rotateEndpointSecret(tx, principal.accountId, id, sealed))
  if (until === null) throw hasNone(kind)
  await audit(parts, context, { action: 'endpoint-secret.rotate', id })
  return { status: 200, document: { secret, previous_until: until } }
}

/** @throws {SluiceError} `not_found`, also for one of another account */
async function find({ db }: EndpointParts, { principal, params }: SignedContext): Promise<EndpointDocument> {
  const id = readId(params['endpointId'])
  const endpoint = id === null ? null : await findEndpoint(db.pool, principal.accountId, id)
  if (!endpoint) throw new NotFoundError(`Endpoint with ID = ${params['endpointId']}`)
  return endpoint
}

const hasNone = (kind: EndpointDocument['kind']): SluiceError =>
  new SluiceError('conflict', `Deliveries of the kind ${kind} are not signed`)

function audit(
  { db }: EndpointParts,
  { principal: { accountId }, remoteAddress: address }: SignedContext,
  { action, id }: { action: string; id: number },
): Promise<void> {
  return db.inTransaction((tx) => insertAudit(tx, { accountId, action, subject: `endpoint ${id}`, address }))
}
