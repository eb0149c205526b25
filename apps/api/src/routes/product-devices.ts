import { parseProductDeviceBody, parseSerialsBody, renderProductDevice, renderProductDeviceList } from '@sluice/formats'
import { formatTimestamp, LIMITS, NotFoundError, SERIAL, SluiceError, type ProductDevice } from '@sluice/model'
import {
  addProductDevices,
  changeSerial,
  findProduct,
  findProductDevice,
  findSealedDeviceKey,
  listProductDevices,
  removeDevice,
  updateDevice,
} from '@sluice/store'
import { bodyText } from '../body-text.ts'
import { activationCode } from '../device-secrets.ts'
import { clamped } from '../history-window.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'
import { noProduct, productIdOf } from './product-id.ts'

const DEVICES = '/v2/products/:productId/devices'
const DEVICE = `${DEVICES}/:serial`

/** Devices of a product (API v2), each known by its serial before it exists. */
export function productDeviceRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: DEVICES,
      summary: 'List the devices of a product, also by part of a serial or by activation',
      who: 'master',
      addresses: 'product',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: DEVICES,
      summary: 'Register up to 1000 devices by their serials, each with its activation code and its feed',
      who: 'master',
      addresses: 'product',
      bodyBytesMax: LIMITS.bodyBytesMax,
      handle: add,
    },
    {
      method: 'GET',
      path: DEVICE,
      summary: 'Read a device of a product',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => read(parts, context),
    },
    {
      method: 'PUT',
      path: DEVICE,
      summary: 'Change the serial of a device that was never activated, or name, description or privacy of its feed',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: DEVICE,
      summary: 'Remove a device with its feed, all data in it, and its key',
      who: 'master',
      addresses: 'device',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
  ]
}

async function list({ db }: RouteParts, { principal, params, query }: SignedContext): Promise<Answer> {
  const id = productIdOf(params)
  if (!(await findProduct(db.pool, principal.accountId, id))) throw noProduct(id)
  const page = clamped(query['page'], 1, Number.MAX_SAFE_INTEGER / LIMITS.perPageMax)
  const perPage = clamped(query['per_page'], LIMITS.devicesPerPageDefault, LIMITS.perPageMax)
  const isActivated = activation(query['activated'])
  const { total, devices } = await listProductDevices(db.pool, id, {
    page,
    perPage,
    ...(query['serial'] && { serial: query['serial'] }),
    ...(isActivated !== null && { isActivated }),
  })
  return { status: 200, document: renderProductDeviceList(devices, { total, page, perPage }) }
}

/** `all`, and whatever else is said, is no filter. Python clients write booleans with a capital letter. */
function activation(text: string | undefined): boolean | null {
  const word = text?.toLowerCase()
  return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : null
}

async function add({ principal, params, body, publicUrl, once }: SignedContext): Promise<Answer> {
  const id = productIdOf(params)
  const serials = parseSerialsBody(bodyText(body))
  const batch = { serials, codeOf: activationCode }
  await once.make(async (tx) => {
    if (!(await addProductDevices(tx, principal.accountId, id, batch))) throw noProduct(id)
    return id
  })
  return { status: 201, location: `${publicUrl}/v2/products/${id}/devices` }
}

async function read(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const device = await getDevice(parts, context)
  // a master key could ask for the key by the activation code; a person proves who is there first
  const isShown = context.principal.kind === 'key' && device.activatedAt !== null
  const sealed = isShown ? await findSealedDeviceKey(parts.db.pool, device.id) : null
  const apiKey = sealed ? parts.keys.open(sealed) : undefined
  return { status: 200, document: { device: renderProductDevice(device, apiKey) } }
}

async function update(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const { serial, ...patch } = parseProductDeviceBody(bodyText(context.body))
  const device = await getDevice(parts, context)
  const { accountId } = context.principal
  await parts.db.inTransaction(async (tx) => {
    if (serial !== undefined && serial !== device.serial) {
      const isChanged = await changeSerial(tx, device.id, { serial, codeOf: activationCode })
      if (!isChanged) throw new SluiceError('unprocessable', "serial can't be changed once the device is activated")
    }
    await updateDevice(tx, accountId, device.id, patch)
  })
  parts.feeds.forget(device.feedId)
  parts.announce.updated(accountId, device.feedId)
  return { status: 200 }
}

async function remove(parts: RouteParts, context: SignedContext): Promise<Answer> {
  const device = await getDevice(parts, context)
  const { accountId } = context.principal
  await parts.db.inTransaction((tx) => removeDevice(tx, accountId, device.id))
  parts.feeds.forget(device.feedId)
  const at = formatTimestamp(context.receivedAt)
  parts.announce.deviceStatus(accountId, device.id, { status: 'removed', at })
  return { status: 200 }
}

/** @throws {SluiceError} `not_found` for a missing and for a foreign one */
async function getDevice({ db }: RouteParts, { principal, params }: SignedContext): Promise<ProductDevice> {
  const productId = productIdOf(params)
  const serial = params['serial'] ?? ''
  const device = SERIAL.test(serial)
    ? await findProductDevice(db.pool, principal.accountId, { productId, serial })
    : null
  if (!device) throw new NotFoundError(`Device with serial = ${serial}`)
  return device
}
