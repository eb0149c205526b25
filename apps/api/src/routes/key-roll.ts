import { LIMITS, NotFoundError } from '@sluice/model'
import type { Key, MadeKeyDocument, Principal } from '@sluice/model'
import { endOverlap, findKey, findSealedKey, insertAudit, rollKey } from '@sluice/store'
import { z } from 'zod'
import { getKey, keyAudit } from '../find-key.ts'
import { parseBody } from '../parse-body.ts'
import { forbidden } from '../problem.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

/** Another text for a key, without a moment in which devices have none that works. */
export function keyRollRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'POST',
      path: '/v2/keys/:key/roll',
      summary: 'Give an API key a new text, the last segment of Location; the old one works for overlap_hours, too',
      who: 'master',
      addresses: 'key',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => roll(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/keys/:key/roll/end',
      summary: 'End the overlap of a key that was rolled: its old text is refused from now on',
      who: 'master',
      addresses: 'key',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => end(parts, context),
    },
  ]
}

const Roll = z.object({
  overlap_hours: z
    .int('must be a whole number of hours')
    .min(0, `must be from 0 to ${LIMITS.overlapHoursMax}`)
    .max(LIMITS.overlapHoursMax, `must be from 0 to ${LIMITS.overlapHoursMax}`)
    .nullish(),
})

async function roll(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal, params, body } = context
  const { overlap_hours: wanted } = body.length === 0 ? {} : parseBody(Roll, context)
  const key = await getKey(parts, principal, params['key'])
  requireMayRoll(principal, key)
  const { key: _text, ...secret } = parts.keys.make()
  const overlapHours = wanted ?? LIMITS.overlapHoursDefault
  await context.once.make(async (tx) => {
    const made = await rollKey(tx, principal.accountId, key.id, { ...secret, overlapHours })
    if (!made) throw new NotFoundError('Key')
    await insertAudit(tx, keyAudit(context, 'key.roll', made))
    return String(made.id)
  })
  // read back: an earlier attempt of the same request may have rolled it
  const { id } = key
  const [rolled, sealed] = await Promise.all([
    findKey(parts.db.pool, principal.accountId, { id }),
    findSealedKey(parts.db.pool, principal.accountId, id),
  ])
  if (!rolled || !sealed) throw new NotFoundError('Key')
  const text = parts.keys.open(sealed)
  const location = `${context.publicUrl}/v2/keys/${text}`
  if (principal.kind === 'key') return { status: 201, location }
  const document: MadeKeyDocument = {
    id,
    api_key: text,
    ...(rolled.previous && { previous_until: rolled.previous.until }),
  }
  return { status: 201, location, document }
}

/**
 * Who rolls a key learns its new text: that must not outlive what was proved. A key that is rolled because others know
 * it cannot be kept alive by them.
 * @throws {SluiceError} `forbidden`
 */
function requireMayRoll(principal: Principal, key: Key): void {
  if (principal.kind === 'owner') return
  if (principal.previousUntil !== undefined) {
    throw forbidden('This key was rolled and has a new text: only with that one can keys be rolled')
  }
  const { expiresAt } = principal
  const isLonger = expiresAt !== null && (key.expiresAt === null || Date.parse(key.expiresAt) > Date.parse(expiresAt))
  if (isLonger) throw forbidden('This key expires before the one that is to be rolled')
}

async function end(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal, params } = context
  const key = await getKey(parts, principal, params['key'])
  await parts.db.inTransaction(async (tx) => {
    const isEnded = await endOverlap(tx, principal.accountId, key.id)
    if (isEnded) await insertAudit(tx, keyAudit(context, 'key.roll-end', key))
  })
  return { status: 200 }
}
