import { formatTimestamp, isMaster, isWellFormedKey, narrowPrincipal, NotFoundError } from '@sluice/model'
import type { ActivationDocument, KeyPrincipal } from '@sluice/model'
import {
  findPrincipalByHash,
  findSealedDeviceKey,
  insertKey,
  lockDeviceByActivationCode,
  setDeviceActivation,
  setDeviceKey,
} from '@sluice/store'
import type { ActivatedDevice, Transaction } from '@sluice/store'
import { forbidden } from '../problem.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, RouteContext } from '../route.ts'
import { shownKeys } from '../shown-keys.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'
import { deviceKey } from './device-key.ts'

export function activationRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/devices/:code/activate',
      summary: 'Activate a device by its code and learn its API key; later only with that key',
      formats: ['json', 'csv'],
      who: 'anybody',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => activate(parts, context),
    },
  ]
}

/**
 * Activation by code (API v2): a device that was never activated, or was deactivated, gets its key and feed without a
 * key of its own. An active one is told again only with that key or a master key. Of several that come at once with one
 * code, one is the first.
 * @throws {SluiceError} `not_found`: no such code; `forbidden`: active already
 */
async function activate(parts: RouteParts, context: RouteContext): Promise<Answer> {
  const code = context.params['code'] ?? ''
  if (!/^[0-9a-f]{40}$/.test(code)) throw unknownCode()
  const caller = await findCaller(parts, context)
  const { device, apikey } = await parts.db.inTransaction(async (tx) => {
    const found = await lockDeviceByActivationCode(tx, code)
    if (!found) throw unknownCode()
    if (found.activatedAt !== null && !isKnown(caller, found)) {
      throw forbidden('This device has already been activated')
    }
    const key = await openKey(parts, tx, found)
    if (found.activatedAt === null) await setDeviceActivation(tx, found.id, context.receivedAt)
    return { device: found, apikey: key }
  })
  const { id, accountId, feedId, productId } = device
  if (device.activatedAt === null) {
    const at = formatTimestamp(context.receivedAt)
    parts.announce.deviceStatus(accountId, id, { status: 'active', at })
  }
  const feed = await parts.feeds.resolve(feedId)
  const document: ActivationDocument = { apikey, feed_id: feedId, datastreams: [...(feed?.streams.keys() ?? [])] }
  const location = `${context.publicUrl}/v2/products/${productId}/devices`
  return { status: 200, representation: { kind: 'activation', document }, location }
}

const unknownCode = (): NotFoundError => new NotFoundError('Device with this activation code')

/** Whose key came along; a wrong one, or several, count like none, because the first activation needs none. */
async function findCaller({ db, keys }: RouteParts, context: RouteContext): Promise<KeyPrincipal | null> {
  const [given = '', ...others] = shownKeys((name) => context.header(name), context.query['key'])
  const isGiven = isWellFormedKey(given) && others.length === 0
  const principal = isGiven ? await findPrincipalByHash(db.pool, keys.hash(given)) : null
  const left = principal && narrowPrincipal(principal, context)
  return left && left.permissions.length > 0 ? left : null
}

function isKnown(caller: KeyPrincipal | null, { accountId, keyId }: ActivatedDevice): boolean {
  return caller?.accountId === accountId && (caller.keyId === keyId || isMaster(caller))
}

/** The text of the device's own key; where there is none, or its owner removed or widened it, a new one. */
async function openKey({ keys }: RouteParts, tx: Transaction, device: ActivatedDevice): Promise<string> {
  const sealed = await findSealedDeviceKey(tx, device.id)
  if (sealed) return keys.open(sealed)
  const { key, ...stored } = keys.make()
  const made = await insertKey(tx, device.accountId, { ...deviceKey(device, null), ...stored })
  await setDeviceKey(tx, device.id, made.id)
  return key
}
