import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLab } from './lab.ts'
import type { Lab } from './lab.ts'
import { ask, bytesOf, headOf } from './wire.ts'
import type { WireAnswer } from './wire.ts'

// A client on Node-RED (Node's request): it registers its serial with a product, activates itself with the code that it
// computes, and sends values whose times are JavaScript dates made into text

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab[Symbol.asyncDispose]())

function send(method: string, path: string, { key, body }: { key?: string; body?: string } = {}): Promise<WireAnswer> {
  const withKey = key === undefined ? [] : ['X-ApiKey: {KEY}']
  const length = body === undefined ? [] : ['content-length: {LENGTH}']
  const lines = ['User-Agent: request', ...withKey, 'Content-Type: application/json', 'host: api.xively.com', ...length]
  const head = headOf('{METHOD} /v2/{PATH} HTTP/1.1', ...lines, 'Connection: close')
  return ask(lab.port, bytesOf(head, { METHOD: method, PATH: path, KEY: key ?? '' }, body))
}

test('registers, activates, and sends', async () => {
  const product = await lab.api.send('POST', '/v2/products', { key: lab.key, body: { product: { name: 'Node-RED' } } })
  const path = new URL(product.headers.get('location') ?? '').pathname
  const read = await lab.api.send('GET', path, { key: lab.key })
  const { product_id: productId, secret } = (read.document as { product: Record<'product_id' | 'secret', string> })
    .product

  const registered = await send('POST', `products/${productId}/devices`, {
    key: lab.key,
    body: '{"devices": [{"serial": "node-1"}]}',
  })
  expect(registered.status).toBe(201)
  const code = createHmac('sha1', Buffer.from(secret, 'hex')).update('node-1', 'utf8').digest('hex')
  const activated = await send('GET', `devices/${code}/activate`)
  expect(activated.status).toBe(200)
  const { apikey, feed_id: feed } = JSON.parse(activated.body) as { apikey: string; feed_id: number }

  const at = 'Tue May 21 2013 20:12:38 GMT+0000 (UTC)'
  const body = `{"version":"1.0.0","datastreams" : [ {"id" : "light","datapoints":[{"at":"${at}","value":"17"}]}]}`
  expect(await send('PUT', `feeds/${feed}.json`, { key: apikey, body })).toMatchObject({ status: 200, body: '' })
  expect((await lab.readFeed(String(feed))).datastreams).toMatchObject([
    { id: 'light', current_value: '17', at: '2013-05-21T20:12:38.000000Z' },
  ])
  // once more without its key is the status by which it knows that it was activated before
  expect((await send('GET', `devices/${code}/activate`)).status).toBe(403)
  // without the master key it says that its credentials are not sufficient
  expect((await send('POST', `products/${productId}/devices`, { key: 'none', body: '{"devices": []}' })).status).toBe(
    401,
  )
})
