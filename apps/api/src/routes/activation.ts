import {
  access,
  ACCESS_METHODS,
  formatTimestamp,
  isWellFormedKey,
  narrowPrincipal,
  NotFoundError,
  type Device,
  type Key,
} from '@sluice/model'
import {
  findDeviceByActivationCode,
  findPrincipalByHash,
  findSealedKey,
  insertKey,
  listKeys,
  setDeviceActivation,
} from '@sluice/store'
import { forbidden } from '../problem.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, RouteContext } from '../route.ts'
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
 * key of its own. An active one is told again only with that key or a master key.
 * @throws {SluiceError} `not_found`: no such code; `forbidden`: active already
 */
async function activate(parts: RouteParts, context: RouteContext): Promise<Answer> {
  const code = context.params['code'] ?? ''
  const device = /^[0-9a-f]{40}$/.test(code) ? await findDeviceByActivationCode(parts.db.pool, code) : null
  if (!device) throw new NotFoundError('Device with this activation code')
  if (device.activatedAt !== null && !(await isKnownTo(parts, context, device))) {
    throw forbidden('This device has already been activated')
  }
  const { db, feeds, announce } = parts
  if (device.activatedAt === null) {
    await db.inTransaction((tx) => setDeviceActivation(tx, device.id, context.receivedAt))
    const at = formatTimestamp(context.receivedAt)
    announce.deviceStatus(device.accountId, device.id, { status: 'active', at })
  }
  const apikey = await openKey(parts, device)
  const feed = await feeds.resolve(device.feedId)
  const datastreams = [...(feed?.streams.keys() ?? [])]
  return {
    status: 200,
    representation: { kind: 'activation', document: { apikey, feed_id: device.feedId, datastreams } },
  }
}

async function isKnownTo({ db, keys }: RouteParts, context: RouteContext, device: Device): Promise<boolean> {
  const { accountId, feedId } = device
  const given = context.header('x-apikey') ?? context.header('x-pachubeapikey') ?? context.query['key'] ?? ''
  if (!isWellFormedKey(given.trim())) return false
  const principal = await findPrincipalByHash(db.pool, keys.hash(given.trim()))
  if (!principal) return false
  const referer = context.header('referer') ?? null
  const left = narrowPrincipal(principal, { remoteAddress: context.remoteAddress, referer })
  // as if the feed were private: a key that merely reads public feeds is not the device's
  const feed = { feedId, accountId, isPrivate: true }
  return ACCESS_METHODS.every((method) => access(left, method, feed) === 'allowed')
}

/** The text of the device's own key; where its owner deleted that, a new one. */
async function openKey({ db, keys }: RouteParts, device: Device): Promise<string> {
  const own = (await listKeys(db.pool, device.accountId, { feedId: device.feedId })).find((key) => opens(key, device))
  const sealed = own && (await findSealedKey(db.pool, device.accountId, own.id))
  if (sealed) return keys.open(sealed)
  const { key, ...stored } = keys.make()
  await db.inTransaction((tx) => insertKey(tx, device.accountId, { ...deviceKey(device, null), ...stored }))
  return key
}

/** Whether this is a key as devices get it: every method, on this feed and on nothing else. */
function opens({ permissions, privateAccess, expiresAt }: Key, { feedId }: Device): boolean {
  const [permission, ...others] = permissions
  const [resource, ...more] = permission?.resources ?? []
  return (
    others.length === 0 &&
    more.length === 0 &&
    privateAccess &&
    expiresAt === null &&
    resource?.feedId === feedId &&
    resource.datastreamId === undefined &&
    ACCESS_METHODS.every((method) => permission?.accessMethods.includes(method))
  )
}
