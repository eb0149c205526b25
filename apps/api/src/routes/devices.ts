import { feedDefaultsOf, parseDeviceBody, parseNewDeviceBody, renderDevice, renderProduct } from '@sluice/formats'
import { formatTimestamp, LIMITS, NotFoundError, type Device } from '@sluice/model'
import {
  addDevice,
  findDevice,
  findSealedDeviceKey,
  findFeed,
  findProduct,
  insertKey,
  listDevices,
  removeDevice,
  setDeviceActivation,
  setDeviceKey,
  updateDevice,
  updateProduct,
} from '@sluice/store'
import { bodyText } from '../body-text.ts'
import { makeDeviceSecrets } from '../device-secrets.ts'
import { clamped } from '../history-window.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { activationRoutes } from './activation.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'
import { deviceKey } from './device-key.ts'
import { noProduct } from './product-id.ts'

const DEVICE = '/v2/devices/:deviceId'

/** Devices: a product, a serial, a feed and a key under one name. Activation by code is API v2's, the rest is ours. */
export function deviceRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/devices',
      summary: 'List the devices that were added one by one, or with feed_id the device of that feed',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/devices',
      summary: 'Add a device: product, serial, activation code, feed and API key in one step',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => add(parts, context),
    },
    {
      method: 'GET',
      path: DEVICE,
      summary: 'Read a device with the secret of its product',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: DEVICE,
      summary: 'Change name, description or privacy of a device and its feed',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: DEVICE,
      summary: 'Remove a device with its feed, all data in it, and its keys',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
    ...stageRoutes(parts),
    ...activationRoutes(parts),
  ]
}

/** What a device goes through: switched off and on again, and deployed. */
function stageRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'POST',
      path: `${DEVICE}/activate`,
      summary: 'Activate a device: its keys work again',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => setActive(parts, context, true),
    },
    {
      method: 'POST',
      path: `${DEVICE}/deactivate`,
      summary: 'Deactivate a device: its keys stop working, nothing is deleted',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => setActive(parts, context, false),
    },
    {
      method: 'POST',
      path: `${DEVICE}/deploy`,
      summary: 'Make the feed of a device what feeds of its product begin with, and deploy the product',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => deploy(parts, context),
    },
  ]
}

async function list({ db }: RouteParts, { principal, query }: SignedContext): Promise<Answer> {
  const feedId = query['feed_id']
  const { total, devices } = await listDevices(db.pool, principal.accountId, {
    page: clamped(query['page'], 1, Number.MAX_SAFE_INTEGER / LIMITS.perPageMax),
    perPage: clamped(query['per_page'], LIMITS.perPageMax, LIMITS.perPageMax),
    // an id that cannot be a feed's has no device
    ...(feedId !== undefined && { feedId: idOf(feedId) ?? 0 }),
  })
  const shown = devices.map((device) => renderDevice(device, { secret: false }))
  return { status: 200, document: { totalResults: total, devices: shown } }
}

async function add({ db, keys }: RouteParts, context: SignedContext): Promise<Answer> {
  const { principal, body, publicUrl, once } = context
  const wanted = parseNewDeviceBody(bodyText(body))
  const { accountId } = principal
  const { key: _text, ...stored } = keys.make()
  const made = await once.make(async (tx) => {
    const added = await addDevice(tx, accountId, { ...wanted, ...makeDeviceSecrets() })
    const { id } = await insertKey(tx, accountId, { ...deviceKey(added, principal), ...stored })
    await setDeviceKey(tx, added.id, id)
    return String(added.id)
  })
  const deviceId = Number(made)
  // read back: an earlier attempt of the same request may have made it
  const [device, sealed] = await Promise.all([
    findDevice(db.pool, accountId, deviceId),
    findSealedDeviceKey(db.pool, deviceId),
  ])
  if (!device || !sealed) throw new NotFoundError(`Device with ID = ${deviceId}`)
  const key = keys.open(sealed)
  return {
    status: 201,
    location: `${publicUrl}/v2/devices/${device.id}`,
    document: { device: renderDevice(device, { secret: true }), api_key: key },
  }
}

async function read(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const device = await getDevice(parts, context)
  return { status: 200, document: { device: renderDevice(device, { secret: true }) } }
}

async function update(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const patch = parseDeviceBody(bodyText(context.body))
  const device = await getDevice(parts, context)
  await parts.db.inTransaction((tx) => updateDevice(tx, device.accountId, device.id, patch))
  // its feed has the same title and privacy
  parts.feeds.forget(device.feedId)
  parts.announce.updated(device.accountId, device.feedId)
  return { status: 200 }
}

async function remove(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const device = await getDevice(parts, context)
  await parts.db.inTransaction((tx) => removeDevice(tx, device.accountId, device.id))
  parts.feeds.forget(device.feedId)
  const at = formatTimestamp(context.receivedAt)
  parts.announce.deviceStatus(device.accountId, device.id, { status: 'removed', at })
  return { status: 200 }
}

async function setActive(parts: RouteParts, context: SignedContext, isActive: boolean): Promise<Answer> {
  const device = await getDevice(parts, context)
  if ((device.activatedAt !== null) === isActive) return { status: 200 }
  await parts.db.inTransaction((tx) => setDeviceActivation(tx, device.id, isActive ? context.receivedAt : null))
  const event = { status: isActive ? 'active' : 'inactive', at: formatTimestamp(context.receivedAt) } as const
  parts.announce.deviceStatus(device.accountId, device.id, event)
  return { status: 200 }
}

async function deploy(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { accountId, feedId, product } = await getDevice(parts, context)
  const deployed = await parts.db.inTransaction(async (tx) => {
    const feed = await findFeed(tx, feedId)
    if (!feed) throw new NotFoundError(`Feed with ID = ${feedId}`)
    await updateProduct(tx, accountId, product.id, { state: 'deploy', feedDefaults: feedDefaultsOf(feed) })
    return findProduct(tx, accountId, product.id)
  })
  if (!deployed) throw noProduct(product.id)
  return { status: 200, document: { product: renderProduct(deployed) } }
}

const idOf = (text: string): number | null => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : null)

/** @throws {SluiceError} `not_found` for a missing and for a foreign one */
async function getDevice({ db }: RouteParts, { principal, params }: SignedContext): Promise<Device> {
  const text = params['deviceId'] ?? ''
  const id = idOf(text)
  const device = id === null ? null : await findDevice(db.pool, principal.accountId, id)
  if (!device) throw new NotFoundError(`Device with ID = ${text}`)
  return device
}
