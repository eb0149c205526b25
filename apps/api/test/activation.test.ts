import type { ActivationDocument, KeyDocument, ProductDeviceDocument, ProductDocument } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { activationCode } from '../src/device-secrets.ts'
import { openTestRealm, startTestApi, type Account, type Answered, type TestApi } from './test-api.ts'

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
const DEFAULTS = { title: 'Meter', datastreams: [{ id: 'temperature' }, { id: 'power' }] }

/** A product with one device that nobody has activated. */
async function register(serial = 'abc', feedDefaults: object = DEFAULTS) {
  const made = await send('POST', '/v2/products', { product: { name: 'Meter', feed_defaults: feedDefaults } })
  const product = made.headers.get('location')?.split('/').at(-1) ?? ''
  await send('POST', `/v2/products/${product}/devices`, { devices: [{ serial }] })
  const { document } = await send('GET', `/v2/products/${product}/devices/${serial}`)
  const { device } = document as { device: ProductDeviceDocument }
  return { product, device, path: `/v2/devices/${device.activation_code}/activate` }
}
const activate = async (path: string, sent: { key?: string } = {}): Promise<ActivationDocument> => {
  const answer = await api.send('GET', path, sent)
  expect(answer.status).toBe(200)
  return answer.document as ActivationDocument
}
const REFUSED = { status: 403, document: { title: 'Forbidden', errors: 'This device has already been activated' } }

describe('the first activation', () => {
  test('needs no key, and answers one with all methods on that feed, the feed and its datastreams', async () => {
    const { product, device, path } = await register()
    const answer = await api.send('GET', `${path}.json`)
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.headers.get('location')).toBe(`${api.url}/v2/products/${product}/devices`)
    const { apikey } = answer.document as ActivationDocument
    expect(answer.document).toEqual({ apikey, feed_id: device.feed_id, datastreams: ['temperature', 'power'] })
    expect((await api.send('GET', `/v2/keys/${apikey}`, { key: apikey })).document).toEqual({
      key: {
        api_key: apikey,
        label: 'Meter',
        private_access: true,
        permissions: [{ access_methods: ['get', 'put', 'post', 'delete'], resources: [{ feed_id: device.feed_id }] }],
      },
    })
    const write = { datastreams: [{ id: 'temperature', current_value: '20.5' }] }
    expect(await api.send('PUT', `/v2/feeds/${device.feed_id}`, { key: apikey, body: write })).toMatchObject({
      status: 200,
    })
    const listed = (await send('GET', `/v2/products/${product}/devices/abc`)).document as {
      device: ProductDeviceDocument
    }
    expect(listed.device).toEqual({
      ...device,
      activated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      api_key: apikey,
      last_data_at: expect.stringMatching(/\.\d{6}Z$/),
    })
    expect((await send('GET', `/v2/products/${product}`)).document).toMatchObject({
      product: { devices_count: 1, activated_devices_count: 1 },
    })
  })

  test('does not mind a key that is wrong, or of somebody else', async () => {
    for (const key of ['nonsense', bob.masterKey]) {
      const { device, path } = await register()
      expect(await activate(path, { key })).toMatchObject({ feed_id: device.feed_id })
    }
  })

  test('is one of many at once; all others are refused, and there is one key', async () => {
    const { device, path } = await register()
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.send('GET', path)))
    const granted = answers.filter(({ status }) => status === 200)
    expect(granted).toHaveLength(1)
    for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(REFUSED)
    const { keys } = (await send('GET', `/v2/keys?feed_id=${device.feed_id}`)).document as { keys: KeyDocument[] }
    expect(keys).toHaveLength(1)
  })

  test('takes a device that is being removed for one that is gone, or is gone with it', async () => {
    const { product, path } = await register()
    const [activated, removed] = await Promise.all([
      api.send('GET', path),
      send('DELETE', `/v2/products/${product}/devices/abc`),
    ])
    expect(removed.status).toBe(200)
    expect([200, 404]).toContain(activated.status)
    expect(await api.send('GET', path)).toMatchObject({ status: 404 })
    const { apikey } = (activated.document ?? {}) as Partial<ActivationDocument>
    if (activated.status === 200)
      expect(await api.send('GET', '/v2/feeds', { key: apikey ?? '' })).toMatchObject({ status: 401 })
  })
})

describe('a later activation', () => {
  test('needs that key or a master key of the account', async () => {
    const { device, path } = await register()
    const first = await activate(path)
    expect(await activate(path, { key: first.apikey })).toEqual(first)
    expect(await activate(`${path}?key=${first.apikey}`)).toEqual(first)
    expect(await activate(path, { key: ann.masterKey })).toEqual(first)
    const everywhere = ['get', 'put', 'post', 'delete'] as const
    const permissions = [{ accessMethods: [...everywhere], resources: [{ feedId: device.feed_id }] }]
    const sibling = await api.addKey(ann, { permissions })
    const reader = await api.addKey(ann, { permissions: [{ accessMethods: ['get'] }] })
    for (const key of [undefined, 'nonsense', bob.masterKey, sibling.key, reader.key]) {
      expect(await api.send('GET', path, key === undefined ? {} : { key })).toMatchObject(REFUSED)
    }
  })

  test('makes a new key where the owner removed the first one', async () => {
    const { path } = await register()
    const first = await activate(path)
    await send('DELETE', `/v2/keys/${first.apikey}`)
    expect(await api.send('GET', path)).toMatchObject(REFUSED)
    const second = await activate(path, { key: ann.masterKey })
    expect(second.apikey).not.toBe(first.apikey)
    expect(await activate(path, { key: second.apikey })).toEqual(second)
  })

  test('of a device that was deactivated needs no key again, and does not hand out a key that was widened', async () => {
    const { device, path } = await register()
    const first = await activate(path)
    await send('POST', `/v2/devices/${device.id}/deactivate`)
    expect(await activate(path)).toEqual(first)
    const widened = { key: { label: 'x', private_access: true, permissions: [{ access_methods: ['get'] }] } }
    await send('PUT', `/v2/keys/${first.apikey}`, widened)
    await send('POST', `/v2/devices/${device.id}/deactivate`)
    expect((await activate(path)).apikey).not.toBe(first.apikey)
  })
})

test('a code is forty lower-case hex digits that some device has', async () => {
  const { device } = await register()
  const { activation_code: code } = device
  for (const asked of [code.toUpperCase(), code.slice(1), `${code}0`, '0'.repeat(40), 'x']) {
    expect(await api.send('GET', `/v2/devices/${asked}/activate`)).toMatchObject({
      status: 404,
      document: { title: 'Not found', errors: "Couldn't find Device with this activation code" },
    })
  }
})

test('what subscribers of the account hear is that the device became active, once', async () => {
  const { device, path } = await register()
  const realm = openTestRealm(ann.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: ann.login, accountId: ann.id, session })
  const owner = await realm.as('owner', ann.login)
  const heard: unknown[] = []
  await owner.subscribe(`sluice.device.${device.id}.status`, ([event]) => void heard.push(event))
  await activate(path)
  await api.send('GET', path)
  await send('POST', `/v2/devices/${device.id}/deactivate`)
  const at = expect.any(String) as string
  await expect
    .poll(() => heard)
    .toEqual([
      { status: 'active', at },
      { status: 'inactive', at },
    ])
})

describe('clients of the original service', () => {
  // the core example of node-red: pre-register, then activate, then store the answer
  test('node-red: POST of a serial is 201, the activation gives apikey and feed_id that work together', async () => {
    const made = await send('POST', '/v2/products', {
      product: { name: 'node-red', feed_defaults: { private: 'true' } },
    })
    const product = made.headers.get('location')?.split('/').at(-1) ?? ''
    const { secret } = ((await send('GET', `/v2/products/${product}`)).document as { product: ProductDocument }).product
    const registered = await send(
      'POST',
      `/v2/products/${product}/devices`,
      '{"devices":[{"serial":"00:11:22:33:44:55"}]}',
    )
    expect(registered.status).toBe(201)
    const code = activationCode(secret, '00:11:22:33:44:55')
    const { apikey, feed_id: feedId } = await activate(`/v2/devices/${code}/activate`)
    const body = { version: '1.0.0', datastreams: [{ id: 'load', current_value: 0.25 }] }
    expect(await api.send('PUT', `/v2/feeds/${feedId}.json`, { key: apikey, body })).toMatchObject({
      status: 200,
      text: '',
    })
    expect((await api.send('GET', `/v2/feeds/${feedId}.json`, { key: apikey })).document).toMatchObject({
      device_serial: '00:11:22:33:44:55',
      datastreams: [{ id: 'load', current_value: '0.25' }],
    })
  })

  // a sketch whose buffer takes the key for an error message when it is not longer than that
  test('a provisioning sketch: the key is longer than 32 and shorter than 64 characters', async () => {
    const { path } = await register('MPZRCCYHPWNA')
    const { apikey } = await activate(path)
    expect(apikey.length).toBeGreaterThan(32)
    expect(apikey.length).toBeLessThan(64)
  })

  // it reads description unasked, and finds the device by the code that it computes itself
  test('Xively4J: description is there, the list begins at 1, activated_at is null before activation', async () => {
    const { product, device } = await register()
    const read = (await send('GET', `/v2/products/${product}`)).document as { product: ProductDocument }
    expect(read.product.description).toBe('')
    expect(activationCode(read.product.secret, 'abc')).toBe(device.activation_code)
    const list = (await send('GET', `/v2/products/${product}/devices`)).document
    expect(list).toMatchObject({ startIndex: 1, devices: [{ activated_at: null, feed_id: device.feed_id }] })
  })
})
