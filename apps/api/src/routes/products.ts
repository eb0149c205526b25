import { parseNewProductBody, parseProductBody, renderProduct } from '@sluice/formats'
import { formatTimestamp, LIMITS, PRODUCT_STATES, SluiceError } from '@sluice/model'
import type { ProductDetails, ProductListDocument } from '@sluice/model'
import {
  createProduct,
  findProduct,
  listProducts,
  removeProduct,
  removeSomeDevices,
  updateProduct,
} from '@sluice/store'
import { bodyText } from '../body-text.ts'
import { makeDeviceSecrets } from '../device-secrets.ts'
import { clamped } from '../history-window.ts'
import { isYes } from '../read-feed.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { BODY_NONE_BYTES, BODY_SMALL_BYTES } from './body-limits.ts'
import { productDeviceRoutes } from './product-devices.ts'
import { noProduct, productIdOf } from './product-id.ts'

const PRODUCT = '/v2/products/:productId'

/** Products of API v2: batches of devices with one secret, whose feeds begin alike. */
export function productRoutes(parts: RouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2/products',
      summary: 'List the products of your account',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => list(parts, context),
    },
    {
      method: 'POST',
      path: '/v2/products',
      summary: 'Create a product; its id is the last segment of Location',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: create,
    },
    {
      method: 'GET',
      path: PRODUCT,
      summary: 'Read a product with its secret and what feeds of its devices begin with',
      who: 'master',
      addresses: 'product',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: async (context) => ({
        status: 200,
        document: { product: renderProduct(await getProduct(parts, context)) },
      }),
    },
    {
      method: 'PUT',
      path: PRODUCT,
      summary: 'Change name, description, stage or feed defaults of a product',
      who: 'master',
      addresses: 'product',
      bodyBytesMax: BODY_SMALL_BYTES,
      handle: (context) => update(parts, context),
    },
    {
      method: 'DELETE',
      path: PRODUCT,
      summary: 'Remove a product; one that has devices only with force=true, and then with their feeds and all data',
      who: 'master',
      addresses: 'product',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => remove(parts, context),
    },
    ...productDeviceRoutes(parts),
  ]
}

async function list({ db }: RouteParts, { principal, query }: SignedContext): Promise<Answer> {
  const state = PRODUCT_STATES.find((word) => word === query['state'])
  const { total, products } = await listProducts(db.pool, principal.accountId, {
    page: clamped(query['page'], 1, Number.MAX_SAFE_INTEGER / LIMITS.productsPerPageMax),
    perPage: clamped(query['per_page'], LIMITS.productsPerPageMax, LIMITS.productsPerPageMax),
    ...(state && { state }),
  })
  const document: ProductListDocument = { totalResults: total, products: products.map(renderProduct) }
  return { status: 200, document }
}

async function create(context: SignedContext): Promise<Answer> {
  const { principal, body, publicUrl, once } = context
  const wanted = parseNewProductBody(bodyText(body))
  const { productId, productSecret: secret } = makeDeviceSecrets()
  const id = await once.make(async (tx) => {
    await createProduct(tx, principal.accountId, { ...wanted, id: productId, secret })
    return productId
  })
  return { status: 201, location: `${publicUrl}/v2/products/${id}` }
}

async function update({ db }: RouteParts, { principal, params, body }: SignedContext): Promise<Answer> {
  const id = productIdOf(params)
  const patch = parseProductBody(bodyText(body))
  const isThere = await db.inTransaction((tx) => updateProduct(tx, principal.accountId, id, patch))
  if (!isThere) throw noProduct(id)
  return { status: 200 }
}

/**
 * Devices are removed batch by batch, so a removal that breaks off leaves the product with the rest of them, and may be
 * asked for again.
 */
async function remove(parts: RouteParts, { principal, params, query, receivedAt }: SignedContext): Promise<Answer> {
  const { accountId } = principal
  const { db, feeds, announce } = parts
  const id = productIdOf(params)
  const remove = (): Promise<number | null> => db.inTransaction((tx) => removeProduct(tx, accountId, id))
  let inTheWay = await remove()
  if (inTheWay === null) throw noProduct(id)
  if (inTheWay > 0 && isYes(query['force'])) {
    const at = formatTimestamp(receivedAt)
    for (;;) {
      const removed = await removeSomeDevices(db, accountId, id)
      if (removed.length === 0) break
      for (const device of removed) {
        feeds.forget(device.feedId)
        announce.deviceStatus(accountId, device.id, { status: 'removed', at })
      }
    }
    inTheWay = await remove()
  }
  if (inTheWay !== null && inTheWay > 0) throw hasDevices(inTheWay)
  return { status: 200 }
}

function hasDevices(count: number): SluiceError {
  const devices = count === 1 ? '1 device' : `${count} devices`
  return new SluiceError(
    'conflict',
    `This product has ${devices}: remove them first, or ask with force=true to remove them, their feeds and all their data`,
  )
}

/** @throws {SluiceError} `not_found` for a missing and for a foreign one */
async function getProduct({ db }: RouteParts, { principal, params }: SignedContext): Promise<ProductDetails> {
  const id = productIdOf(params)
  const product = await findProduct(db.pool, principal.accountId, id)
  if (!product) throw noProduct(id)
  return product
}
