import { LIMITS, type ProductDeviceListDocument, type ProductDocument } from '@sluice/model'
import type { ActivationDocument, AddedDeviceDocument, ProductDeviceDocument } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activationCode } from '../src/device-secrets.ts'
import { startTestApi, type Account, type Answered, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let bob: Account
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  bob = await api.addAccount('bob')
})
afterAll(() => api[Symbol.asyncDispose]())

const send = (method: string, path: string, body?: unknown): Promise<Answered> =>
  api.send(method, path, { key: ann.masterKey, body })
const DEFAULTS = {
  title: 'Meter feed',
  description: 'counts',
  tags: ['a'],
  private: 'false',
  website: 'https://example.org',
  datastreams: [
    { id: 'power', tags: ['x'], unit: { label: 'Watt', symbol: 'W' } },
    { id: 'now', tags: [] },
  ],
}

async function makeProduct(product: object = { name: 'Meter' }): Promise<string> {
  const made = await send('POST', '/v2/products', { product })
  expect(made).toMatchObject({ status: 201, text: '' })
  return made.headers.get('location')?.split('/').at(-1) ?? ''
}
async function getProduct(id: string): Promise<ProductDocument> {
  return ((await send('GET', `/v2/products/${id}`)).document as { product: ProductDocument }).product
}
const addSerials = (id: string, serials: readonly unknown[]): Promise<Answered> =>
  send('POST', `/v2/products/${id}/devices`, { devices: serials.map((serial) => ({ serial })) })
async function getDevice(id: string, serial: string): Promise<ProductDeviceDocument> {
  const { document } = await send('GET', `/v2/products/${id}/devices/${encodeURIComponent(serial)}`)
  return (document as { device: ProductDeviceDocument }).device
}
const list = async (id: string, query = ''): Promise<ProductDeviceListDocument> =>
  (await send('GET', `/v2/products/${id}/devices${query}`)).document as ProductDeviceListDocument

describe('a product', () => {
  test('is made, read, listed, changed and removed', async () => {
    const made = await send('POST', '/v2/products.json', {
      product: { name: 'Meter', description: 'a meter', feed_defaults: DEFAULTS },
    })
    expect(made).toMatchObject({ status: 201, text: '' })
    const [, id = ''] = /\/v2\/products\/([A-Za-z0-9_-]{20})$/.exec(made.headers.get('location') ?? '') ?? []
    expect(made.headers.get('location')).toBe(`${api.url}/v2/products/${id}`)
    const product = {
      name: 'Meter',
      description: 'a meter',
      product_id: id,
      secret: expect.stringMatching(/^[0-9a-f]{40}$/),
      state: 'develop',
      devices_count: 0,
      activated_devices_count: 0,
      user: 'ann',
      feed_defaults: DEFAULTS,
    }
    expect(await send('GET', `/v2/products/${id}.json`)).toMatchObject({ status: 200, document: { product } })
    const listed = (await send('GET', '/v2/products')).document as { totalResults: number; products: ProductDocument[] }
    expect(listed.products).toContainEqual(product)
    expect(listed.totalResults).toBe(listed.products.length)

    const changed = { product: { ...product, secret: 'x', name: 'Clock', state: 'deploy', description: '' } }
    expect(await send('PUT', `/v2/products/${id}`, changed)).toMatchObject({ status: 200, text: '' })
    expect(await getProduct(id)).toEqual({ ...product, name: 'Clock', state: 'deploy', description: '' })
    expect(await send('DELETE', `/v2/products/${id}`)).toMatchObject({ status: 200, text: '' })
    expect(await send('GET', `/v2/products/${id}`)).toMatchObject({
      status: 404,
      document: { title: 'Not found', errors: `Couldn't find Product with product_id = ${id}` },
    })
  })

  test('is listed by stage', async () => {
    const [develop, deploy] = [await makeProduct(), await makeProduct({ name: 'Out', state: 'deploy' })]
    const idsOf = async (query: string): Promise<string[]> => {
      const { document } = await send('GET', `/v2/products${query}`)
      return (document as { products: ProductDocument[] }).products.map((product) => product.product_id)
    }
    expect(await idsOf('?state=deploy')).toContain(deploy)
    expect(await idsOf('?state=deploy')).not.toContain(develop)
    expect(await idsOf('?state=develop')).toContain(develop)
    expect(await idsOf('?per_page=1')).toHaveLength(1)
  })

  test('with devices is removed only when force is asked for', async () => {
    const id = await makeProduct({ name: 'Meter', feed_defaults: DEFAULTS })
    await addSerials(id, ['1', '2'])
    const { feed_id: feedId } = await getDevice(id, '1')
    await send('PUT', `/v2/feeds/${feedId}`, { datastreams: [{ id: 'power', current_value: '1' }] })
    expect(await send('DELETE', `/v2/products/${id}`)).toMatchObject({
      status: 409,
      document: {
        errors:
          'This product has 2 devices: remove them first, or ask with force=true to remove them, their feeds and all their data',
      },
    })
    expect((await getProduct(id)).devices_count).toBe(2)
    expect(await send('DELETE', `/v2/products/${id}?force=true`)).toMatchObject({ status: 200, text: '' })
    expect(await send('GET', `/v2/products/${id}`)).toMatchObject({ status: 404 })
    expect(await send('GET', `/v2/feeds/${feedId}`)).toMatchObject({ status: 404 })
  })
})

describe('devices of a product', () => {
  test('are registered at once, with activation codes and feeds', async () => {
    const id = await makeProduct({ name: 'Meter', feed_defaults: DEFAULTS })
    const added = await addSerials(id, ['abc', 'A,b:c+d-e_f'])
    expect(added).toMatchObject({ status: 201, text: '' })
    expect(added.headers.get('location')).toBe(`${api.url}/v2/products/${id}/devices`)
    const { secret, devices_count: count, activated_devices_count: activated } = await getProduct(id)
    expect([count, activated]).toEqual([2, 0])
    for (const serial of ['abc', 'A,b:c+d-e_f']) {
      const device = await getDevice(id, serial)
      expect(device).toEqual({
        serial,
        activation_code: activationCode(secret, serial),
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        activated_at: null,
        feed_id: expect.any(Number),
        id: expect.any(Number),
        last_data_at: null,
      })
      expect((await send('GET', `/v2/feeds/${device.feed_id}`)).document).toMatchObject({
        ...DEFAULTS,
        datastreams: [{ id: 'power', tags: ['x'], unit: { label: 'Watt', symbol: 'W' } }, { id: 'now' }],
        product_id: id,
        device_serial: serial,
      })
    }
  })

  test('are private where the feed defaults do not say otherwise', async () => {
    const id = await makeProduct()
    await addSerials(id, ['1'])
    const { feed_id: feedId } = await getDevice(id, '1')
    expect((await send('GET', `/v2/feeds/${feedId}`)).document).toMatchObject({ title: 'Meter', private: 'true' })
    expect(await api.send('GET', `/v2/feeds/${feedId}`, { key: bob.masterKey })).toMatchObject({ status: 404 })
  })

  test('are addressed by serials in every spelling', async () => {
    const id = await makeProduct()
    await addSerials(id, ['AB', 'a+b,c:d'])
    const path = `/v2/products/${id}/devices`
    for (const spelling of ['AB', 'AB.json', 'AB/', '%41%42', 'a+b,c:d', 'a%2Bb%2Cc%3Ad', 'a%2bb,c:d.json']) {
      expect(await send('GET', `${path}/${spelling}`)).toMatchObject({ status: 200 })
    }
    for (const spelling of ['ab', 'A%20B', 'a%2Fb', '%zz', 'a.b']) {
      expect(await send('GET', `${path}/${spelling}`)).toMatchObject({ status: 404 })
    }
  })

  test('are listed by page, beginning at 1, by part of the serial and by activation', async () => {
    const id = await makeProduct()
    const serials = Array.from({ length: 33 }, (_, index) => `s${String(index).padStart(2, '0')}`)
    await addSerials(id, serials)
    await send('GET', `/v2/devices/${(await getDevice(id, 's05')).activation_code}/activate`)
    const first = await list(id)
    expect(first).toMatchObject({ totalResults: 33, itemsPerPage: 30, startIndex: 1 })
    expect(first.devices.map(({ serial }) => serial)).toEqual(serials.slice(0, 30))
    expect(await list(id, '?page=2')).toMatchObject({ itemsPerPage: 30, startIndex: 31, devices: [{}, {}, {}] })
    expect(await list(id, '?page=5&per_page=8')).toMatchObject({ startIndex: 33, devices: [{ serial: 's32' }] })
    expect(await list(id, '?per_page=5000')).toMatchObject({ itemsPerPage: 1000 })
    expect(await list(id, '?per_page=0')).toMatchObject({ itemsPerPage: 1 })
    expect(await list(id, '?serial=S2')).toMatchObject({ totalResults: 10 })
    expect(await list(id, '?activated=true')).toMatchObject({ totalResults: 1, devices: [{ serial: 's05' }] })
    expect(await list(id, '?activated=False')).toMatchObject({ totalResults: 32 })
    expect(await list(id, '?activated=all')).toMatchObject({ totalResults: 33 })
  })

  test('show their key once they are activated: in clear to a key that asks for one, masked in lists', async () => {
    const id = await makeProduct()
    await addSerials(id, ['1'])
    const activated = await send('GET', `/v2/devices/${(await getDevice(id, '1')).activation_code}/activate`)
    const { apikey } = activated.document as ActivationDocument
    expect(await getDevice(id, '1')).toMatchObject({ api_key: apikey, activated_at: expect.any(String) })
    expect((await list(id)).devices).toMatchObject([{ api_key: `slc_…${apikey.slice(-4)}` }])
  })

  test('are told to a signed-in person with the key masked', async () => {
    const sent = { cookie: api.home.cookie }
    const made = await api.send('POST', '/v2/products', { ...sent, body: { product: { name: 'p' } } })
    const path = `${new URL(made.headers.get('location') ?? '').pathname}/devices`
    await api.send('POST', path, { ...sent, body: { devices: [{ serial: '1' }] } })
    const waiting = await api.send('GET', `${path}/1`, sent)
    const { device } = waiting.document as { device: ProductDeviceDocument }
    const { document } = await api.send('GET', `/v2/devices/${device.activation_code}/activate`)
    const { apikey } = document as ActivationDocument
    expect((await api.send('GET', `${path}/1`, sent)).document).toMatchObject({
      device: { api_key: `slc_…${apikey.slice(-4)}` },
    })
  })

  test('that are there already are refused by name, and nothing is made', async () => {
    const id = await makeProduct()
    await addSerials(id, ['1', '2'])
    expect(await addSerials(id, ['3', '2', '1'])).toMatchObject({
      status: 422,
      document: { errors: ['serial has already been taken: 1 2'] },
    })
    expect((await getProduct(id)).devices_count).toBe(2)
  })

  test('get another serial before activation and not after it; name and privacy are those of the feed', async () => {
    const id = await makeProduct()
    await addSerials(id, ['1', '2'])
    const path = `/v2/products/${id}/devices`
    const { feed_id: feedId } = await getDevice(id, '1')
    const change = { device: { serial: '9', name: 'Shed', private: false } }
    expect(await send('PUT', `${path}/1`, change)).toMatchObject({ status: 200, text: '' })
    expect(await send('GET', `${path}/1`)).toMatchObject({ status: 404 })
    const changed = await getDevice(id, '9')
    expect(changed).toMatchObject({ feed_id: feedId })
    expect(changed.activation_code).toBe(activationCode((await getProduct(id)).secret, '9'))
    expect((await send('GET', `/v2/feeds/${feedId}`)).document).toMatchObject({ title: 'Shed', private: 'false' })
    expect(await send('PUT', `${path}/9`, { serial: '2' })).toMatchObject({ status: 422 })
    await send('GET', `/v2/devices/${changed.activation_code}/activate`)
    expect(await send('PUT', `${path}/9`, { serial: '9', name: 'Barn' })).toMatchObject({ status: 200 })
    expect(await send('PUT', `${path}/9`, { serial: '10', name: 'Lost' })).toMatchObject({
      status: 422,
      document: { errors: ["serial can't be changed once the device is activated"] },
    })
    expect((await send('GET', `/v2/feeds/${feedId}`)).document).toMatchObject({ title: 'Barn' })
  })

  test('go with their feeds and keys, and leave the product', async () => {
    const id = await makeProduct()
    await addSerials(id, ['1'])
    const { feed_id: feedId, activation_code: code } = await getDevice(id, '1')
    const { apikey } = (await send('GET', `/v2/devices/${code}/activate`)).document as ActivationDocument
    expect(await api.send('GET', `/v2/feeds/${feedId}`, { key: apikey })).toMatchObject({ status: 200 })
    expect(await send('DELETE', `/v2/products/${id}/devices/1`)).toMatchObject({ status: 200, text: '' })
    expect(await api.send('GET', `/v2/feeds/${feedId}`, { key: apikey })).toMatchObject({ status: 401 })
    expect(await send('GET', `/v2/devices/${code}/activate`)).toMatchObject({ status: 404 })
    expect(await send('DELETE', `/v2/products/${id}/devices/1`)).toMatchObject({ status: 404 })
    expect((await getProduct(id)).devices_count).toBe(0)
  })

  test('are a thousand in one request, in less than two seconds', async () => {
    const id = await makeProduct({ name: 'Meter', feed_defaults: DEFAULTS })
    const serials = Array.from({ length: LIMITS.devicesPerRequestMax }, (_, index) => `serial-${index}`)
    const startedAt = performance.now()
    expect(await addSerials(id, serials)).toMatchObject({ status: 201 })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    const { devices } = await list(id, '?per_page=1000')
    expect(devices.map(({ serial }) => serial)).toEqual(serials)
    expect(new Set(devices.map((device) => device.feed_id)).size).toBe(1000)
    expect(await addSerials(id, [...serials, 'one-more'])).toMatchObject({ status: 422 })
  })
})

describe('a device that was added by itself', () => {
  test('is deployed: its feed becomes what feeds of its product begin with', async () => {
    const added = await send('POST', '/v2/devices', { name: 'Greenhouse', private: true })
    const { device } = added.document as AddedDeviceDocument
    const id = device.product.product_id
    const listed = async (): Promise<string[]> => {
      const { document } = await send('GET', '/v2/products')
      return (document as { products: ProductDocument[] }).products.map((product) => product.product_id)
    }
    expect(await listed()).not.toContain(id)
    expect(await getProduct(id)).toMatchObject({ state: 'develop', devices_count: 1, activated_devices_count: 1 })
    await send('PUT', `/v2/feeds/${device.feed_id}`, {
      tags: ['glass'],
      datastreams: [{ id: 't', current_value: '20.5', unit: { symbol: '°C' } }],
    })
    const deployed = await send('POST', `/v2/devices/${device.id}/deploy`)
    expect(deployed).toMatchObject({
      status: 200,
      document: {
        product: {
          product_id: id,
          state: 'deploy',
          feed_defaults: {
            title: 'Greenhouse',
            private: 'true',
            tags: ['glass'],
            datastreams: [{ id: 't', tags: [], unit: { symbol: '°C' } }],
          },
        },
      },
    })
    expect(await listed()).toContain(id)
    await addSerials(id, ['1'])
    const made = await getDevice(id, '1')
    const feed = (await send('GET', `/v2/feeds/${made.feed_id}`)).document
    expect(feed).toMatchObject({ title: 'Greenhouse', datastreams: [{ id: 't', unit: { symbol: '°C' } }] })
    expect(feed).not.toHaveProperty('datastreams.0.current_value')
    const { devices } = (await send('GET', '/v2/devices')).document as { devices: { id: number }[] }
    expect(devices.map((one) => one.id)).toContain(device.id)
    expect(devices.map((one) => one.id)).not.toContain(made.id)
    expect((await send('GET', `/v2/devices?feed_id=${made.feed_id}`)).document).toMatchObject({
      totalResults: 1,
      devices: [{ id: made.id, serial: '1' }],
    })
    expect((await send('GET', '/v2/devices?feed_id=x')).document).toEqual({ totalResults: 0, devices: [] })
  })
})

const NOBODYS = 'AAAAAAAAAAAAAAAAAAAA'
test.each([
  ['POST', '/v2/products', 'x', 400],
  ['POST', '/v2/products', '{"product":[]}', 400],
  ['POST', '/v2/products', '{}', 422],
  ['POST', '/v2/products', '{"product":{"name":"m","state":"sold"}}', 422],
  ['POST', '/v2/products', '{"product":{"name":"m","feed_defaults":{"datastreams":[{"id":"a b"}]}}}', 422],
  ['GET', '/v2/products/x', undefined, 404],
  ['GET', `/v2/products/${NOBODYS}`, undefined, 404],
  ['PUT', `/v2/products/${NOBODYS}`, '{}', 404],
  ['DELETE', `/v2/products/${NOBODYS}`, undefined, 404],
  ['DELETE', `/v2/products/${NOBODYS}?force=true`, undefined, 404],
  ['GET', `/v2/products/${NOBODYS}/devices`, undefined, 404],
  ['POST', `/v2/products/${NOBODYS}/devices`, '{"devices":[{"serial":"1"}]}', 404],
  ['POST', `/v2/products/${NOBODYS}/devices`, 'x', 400],
  ['POST', `/v2/products/${NOBODYS}/devices`, '{"devices":{}}', 400],
  ['POST', `/v2/products/${NOBODYS}/devices`, '{}', 422],
  ['POST', `/v2/products/${NOBODYS}/devices`, '{"devices":[{"serial":"a b"}]}', 422],
  ['POST', `/v2/products/${NOBODYS}/devices`, '{"devices":[{"serial":"a"},{"serial":"a"}]}', 422],
  ['GET', `/v2/products/${NOBODYS}/devices/1`, undefined, 404],
  ['PUT', `/v2/products/${NOBODYS}/devices/1`, '{}', 404],
  ['DELETE', `/v2/products/${NOBODYS}/devices/1`, undefined, 404],
  ['POST', '/v2/devices/999999/deploy', undefined, 404],
  ['GET', '/v2/products.csv', undefined, 406],
])('%s %s %s is answered %i', async (method, path, body, status) => {
  expect(await send(method, path, body)).toMatchObject({ status })
})

test.each([
  ['GET', '/v2/products'],
  ['POST', '/v2/products'],
  ['GET', `/v2/products/${NOBODYS}/devices`],
])('%s %s needs a master key', async (method, path) => {
  const { key } = await api.addKey(ann, { permissions: [{ accessMethods: ['get', 'put', 'post'] }] })
  const body = method === 'GET' ? {} : { body: '{}' }
  expect(await api.send(method, path, { key, ...body })).toMatchObject({ status: 403 })
  expect(await api.send(method, path, body)).toMatchObject({ status: 401 })
})
