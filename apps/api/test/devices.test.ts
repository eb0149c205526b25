import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AddedDeviceDocument, DeviceDocument } from '@sluice/model'
import { activationCode } from '../src/device-secrets.ts'
import { startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
})
afterAll(() => api[Symbol.asyncDispose]())

const master = (body?: unknown) => ({ key: ann.masterKey, body })
async function add(body: object = { name: 'Greenhouse', private: true }): Promise<AddedDeviceDocument> {
  return (await api.send('POST', '/v2/devices', master(body))).document as AddedDeviceDocument
}

test('adding a device makes product, serial, feed and key, and is active', async () => {
  const made = await api.send(
    'POST',
    '/v2/devices',
    master({ device: { name: 'Greenhouse', description: 'glass', private: true } }),
  )
  expect(made.status).toBe(201)
  const { device, api_key: key } = made.document as AddedDeviceDocument
  expect(made.headers.get('location')).toBe(`${api.url}/v2/devices/${device.id}`)
  expect(device).toMatchObject({ name: 'Greenhouse', description: 'glass', private: true, last_data_at: null })
  expect(device.activated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(device.activation_code).toBe(activationCode(device.product.secret ?? '', device.serial))
  expect(
    await api.send('PUT', `/v2/feeds/${device.feed_id}`, {
      key,
      body: { datastreams: [{ id: 't', current_value: 1 }] },
    }),
  ).toMatchObject({ status: 200 })
  expect((await api.send('GET', `/v2/feeds/${device.feed_id}`, { key })).document).toMatchObject({
    title: 'Greenhouse',
    private: 'true',
    product_id: device.product.product_id,
    device_serial: device.serial,
  })
  const read = (await api.send('GET', `/v2/devices/${device.id}`, master())).document as { device: DeviceDocument }
  expect(read.device).toEqual({ ...device, last_data_at: expect.stringMatching(/\.\d{6}Z$/) })
  const { devices } = (await api.send('GET', '/v2/devices', master())).document as { devices: DeviceDocument[] }
  expect(devices.find(({ id }) => id === device.id)?.product).not.toHaveProperty('secret')
})

test('name and privacy are those of the feed', async () => {
  const { device } = await add()
  expect(await api.send('PUT', `/v2/devices/${device.id}`, master({ name: 'Shed', private: false }))).toMatchObject({
    status: 200,
    text: '',
  })
  expect((await api.send('GET', `/v2/feeds/${device.feed_id}`, master())).document).toMatchObject({
    title: 'Shed',
    private: 'false',
  })
  expect((await api.send('GET', `/v2/devices/${device.id}`, master())).document).toMatchObject({
    device: { name: 'Shed', private: false },
  })
})

describe('a deactivated device', () => {
  test('is refused until it is activated again, and keeps its data', async () => {
    const { device, api_key: key } = await add()
    const feed = `/v2/feeds/${device.feed_id}`
    await api.send('PUT', feed, { key, body: { datastreams: [{ id: 't', current_value: 1 }] } })
    expect(await api.send('POST', `/v2/devices/${device.id}/deactivate`, master())).toMatchObject({
      status: 200,
      text: '',
    })
    expect(await api.send('GET', feed, { key })).toMatchObject({ status: 401 })
    expect((await api.send('GET', `/v2/devices/${device.id}`, master())).document).toMatchObject({
      device: { activated_at: null },
    })
    expect(await api.send('POST', `/v2/devices/${device.id}/activate`, master())).toMatchObject({
      status: 200,
      text: '',
    })
    expect((await api.send('GET', feed, { key })).document).toMatchObject({
      datastreams: [{ id: 't', current_value: '1' }],
    })
  })

  test('activates itself by its code, once, and learns its key', async () => {
    const { device, api_key: key } = await add()
    const path = `/v2/devices/${device.activation_code}/activate`
    await api.send('PUT', `/v2/feeds/${device.feed_id}`, { key, body: { datastreams: [{ id: 't' }] } })
    await api.send('POST', `/v2/devices/${device.id}/deactivate`, master())
    const answer = { apikey: key, feed_id: device.feed_id, datastreams: ['t'] }
    expect(await api.send('GET', `${path}.json`)).toMatchObject({ status: 200, document: answer })
    expect(await api.send('GET', path)).toMatchObject({
      status: 403,
      document: { errors: 'This device has already been activated' },
    })
    expect(await api.send('GET', path, { key })).toMatchObject({ status: 200, document: answer })
    expect(await api.send('GET', path, master())).toMatchObject({ status: 200, document: answer })
  })

  test('gets a new key where its owner removed the old one', async () => {
    const { device, api_key: key } = await add()
    await api.send('POST', `/v2/devices/${device.id}/deactivate`, master())
    await api.send('DELETE', `/v2/keys/${key}`, master())
    const answer = await api.send('GET', `/v2/devices/${device.activation_code}/activate`)
    const { apikey } = answer.document as { apikey: string }
    expect(apikey).not.toBe(key)
    expect(await api.send('GET', `/v2/feeds/${device.feed_id}`, { key: apikey })).toMatchObject({ status: 200 })
  })
})

test('removing a device takes its feed and its key along', async () => {
  const { device, api_key: key } = await add()
  expect(await api.send('DELETE', `/v2/devices/${device.id}`, master())).toMatchObject({ status: 200, text: '' })
  expect(await api.send('GET', `/v2/feeds/${device.feed_id}`, master())).toMatchObject({ status: 404 })
  expect(await api.send('GET', '/v2/feeds', { key })).toMatchObject({ status: 401 })
  expect(await api.send('DELETE', `/v2/devices/${device.id}`, master())).toMatchObject({ status: 404 })
})

test.each([
  ['POST', '/v2/devices', '{}', 422],
  ['POST', '/v2/devices', 'x', 400],
  ['POST', '/v2/devices', '{"name":" ","private":true}', 422],
  ['GET', '/v2/devices/x', undefined, 404],
  ['GET', '/v2/devices/0', undefined, 404],
  ['PUT', '/v2/devices/999999', '{}', 404],
  ['GET', '/v2/devices/nothex/activate', undefined, 404],
])('%s %s %s is answered %i', async (method, path, body, status) => {
  expect(await api.send(method, path, master(body))).toMatchObject({ status })
})
