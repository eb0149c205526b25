import {
  renderDatapoint,
  renderDevice,
  renderFeed,
  renderKey,
  renderProduct,
  renderProductDevice,
  renderTrigger,
} from '@sluice/formats'
import { formatTimestamp, LIMITS } from '@sluice/model'
import type { Micros } from '@sluice/model'
import {
  findAccount,
  findFeed,
  listDeliveries,
  listDevices,
  listKeys,
  listProductDevices,
  listProducts,
  listRequests,
  listTriggers,
  pageOfAudit,
  pageOfDatapoints,
  pageOfFeedIds,
  resolveFeed,
} from '@sluice/store'
import type { Database } from '@sluice/store'

const PAGE = 500
const VERSION = 1

export type ExportOf = { db: Database; accountId: number; publicUrl: string; now: Micros; signal: AbortSignal }

/**
 * Everything that an account has, as lines of JSON, each `{"type": …}`: the account, devices, products, feeds (API v2's documents),
 * datapoints (each line a body for POST …/datapoints), triggers, keys without their text, deliveries, the request log and
 * the audit record; last `{"type":"end"}` with counts, so that a file that was cut off can be told. Read page by page
 * while it is sent: what changes meanwhile may or may not be in it, what does not change is.
 */
export async function* exportAccount(of: ExportOf): AsyncIterable<string> {
  const { db, accountId, now } = of
  const account = await findAccount(db.pool, accountId)
  yield line('sluice-export', { version: VERSION, at: formatTimestamp(now), account })
  yield* deviceLines(of)
  const counts = { feeds: 0, datapoints: 0 }
  for (let after = 0; !of.signal.aborted;) {
    const ids = await pageOfFeedIds(db.pool, accountId, after, PAGE)
    for (const id of ids) yield* feedLines(of, id, counts)
    if (ids.length < PAGE) break
    after = ids.at(-1) ?? after
  }
  for (const trigger of await listTriggers(db.pool, accountId))
    yield line('trigger', { trigger: renderTrigger(trigger) })
  for (const key of await listKeys(db.pool, accountId)) yield line('key', { key: renderKey(key, { forOwner: true }) })
  yield* logLines(of)
  yield line('end', counts)
}

/** Devices that were added one by one, then products with theirs. */
async function* deviceLines({ db, accountId, signal }: ExportOf): AsyncIterable<string> {
  for (let page = 1; !signal.aborted; page++) {
    const { devices } = await listDevices(db.pool, accountId, { page, perPage: PAGE })
    for (const device of devices) yield line('device', { device: renderDevice(device, { secret: true }) })
    if (devices.length < PAGE) break
  }
  for (let page = 1; !signal.aborted; page++) {
    const perPage = LIMITS.productsPerPageMax
    const { products } = await listProducts(db.pool, accountId, { page, perPage })
    for (const product of products) {
      yield line('product', { product: renderProduct(product) })
      yield* productDeviceLines(db, product.id, signal)
    }
    if (products.length < perPage) break
  }
}

async function* productDeviceLines(db: Database, productId: string, signal: AbortSignal): AsyncIterable<string> {
  for (let page = 1; !signal.aborted; page++) {
    const { devices } = await listProductDevices(db.pool, productId, { page, perPage: PAGE })
    for (const device of devices) {
      yield line('product-device', { product_id: productId, device: renderProductDevice(device) })
    }
    if (devices.length < PAGE) break
  }
}

async function* feedLines(
  { db, publicUrl, now, signal }: ExportOf,
  feedId: number,
  counts: { feeds: number; datapoints: number },
): AsyncIterable<string> {
  const [feed, resolved] = [await findFeed(db.pool, feedId), await resolveFeed(db.pool, feedId)]
  if (!feed || !resolved) return
  counts.feeds++
  yield line('feed', { feed: renderFeed(feed, { publicUrl, now }) })
  for (const [datastreamId, key] of resolved.streams) {
    for (let after: Micros | null = null; !signal.aborted;) {
      const points = await pageOfDatapoints(db.pool, key, after, PAGE)
      if (points.length === 0) break
      counts.datapoints += points.length
      const datapoints = points.map(renderDatapoint)
      yield line('datapoints', { feed_id: feedId, datastream_id: datastreamId, datapoints })
      if (points.length < PAGE) break
      after = points.at(-1)?.at ?? after
    }
  }
}

async function* logLines({ db, accountId, signal }: ExportOf): AsyncIterable<string> {
  for (let before: number | undefined; !signal.aborted;) {
    const query = { limit: PAGE, ...(before !== undefined && { before }) }
    const deliveries = await listDeliveries(db.pool, accountId, query, null)
    for (const delivery of deliveries) yield line('delivery', { delivery })
    if (deliveries.length < PAGE) break
    before = deliveries.at(-1)?.number
  }
  for (const request of await listRequests(db.pool, accountId, { limit: LIMITS.requestLogEntriesMax })) {
    yield line('request', { request })
  }
  for (let after = 0; !signal.aborted;) {
    const entries = await pageOfAudit(db.pool, accountId, after, PAGE)
    for (const entry of entries) yield line('audit', { entry })
    if (entries.length < PAGE) break
    after = entries.at(-1)?.id ?? after
  }
}

const line = (type: string, members: object): string => `${JSON.stringify({ type, ...members })}\n`
