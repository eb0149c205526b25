import { afterAll, beforeAll, expect, test } from 'vitest'
import { FEED_EVENTS, type KeyPrincipal, type TriggerEvent } from '@sluice/model'
import { openTestRealm, startTestApi, type Account, type TestApi } from './test-api.ts'

let api: TestApi
let ann: Account
let open: number
const heard: TriggerEvent[] = []

const idOf = (headers: Headers): number => Number(headers.get('location')?.split('/').at(-1))

beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
  const body = { title: 'open', datastreams: [{ id: 't', current_value: '1' }] }
  open = idOf((await api.send('POST', '/v2/feeds', { key: ann.masterKey, body })).headers)
  const realm = openTestRealm(api.home.login)
  const session = await realm.as('backend', 'backend')
  await api.served.api.attachRealm({ realm: api.home.login, accountId: api.home.id, session })
  const owner = await realm.as('owner', api.home.login)
  await owner.subscribe(`sluice.feed.${open}.trigger`, ([event]) => void heard.push(event as TriggerEvent))
})
afterAll(() => api[Symbol.asyncDispose]())

test('a firing, and what becomes of it, is told to the account of the trigger, also of a feed of somebody else', async () => {
  const rule = { environment_id: open, stream_id: 't', trigger_type: 'gt', threshold_value: '5', url: 'http://x.org/' }
  const trigger = idOf((await api.send('POST', '/v2/triggers', { key: api.home.masterKey, body: rule })).headers)
  const write = (value: string) =>
    api.send('PUT', `/v2/feeds/${open}/datastreams/t`, { key: ann.masterKey, body: { current_value: value } })
  await write('4')
  expect(await write('6')).toMatchObject({ status: 200 })
  await expect.poll(() => heard.length).toBe(1)
  const listed = await api.send('GET', `/v2/deliveries?trigger_id=${trigger}`, { key: api.home.masterKey })
  const { deliveries } = listed.document as { deliveries: TriggerEvent['delivery'][] }
  expect(heard).toEqual([{ event: 'fired', delivery: deliveries[0] }])
  expect(heard[0]?.delivery).toMatchObject({ value: '6', status: 'pending', trigger_id: trigger })
  const id = heard[0]?.delivery.id ?? ''
  api.served.api.announceAttempt({ id, accountId: api.home.id })
  // nobody hears the other account
  api.served.api.announceAttempt({ id, accountId: ann.id })
  await expect.poll(() => heard.length).toBe(2)
  expect(heard[1]).toEqual({ event: 'attempted', delivery: deliveries[0] })
})

test('a public feed may be followed by everybody, but not what its triggers do', async () => {
  const { directory } = api.served
  const keyOf = (feedId: number | null): KeyPrincipal => ({
    kind: 'key',
    accountId: ann.id,
    login: 'ann',
    keyId: 1,
    permissions: [{ accessMethods: ['get'], ...(feedId !== null && { resources: [{ feedId }] }) }],
    privateAccess: true,
    expiresAt: null,
  })
  const readable = async (principal: KeyPrincipal): Promise<string[]> => {
    const verdicts = await Promise.all(FEED_EVENTS.map((event) => directory.isFeedReadable(principal, open, event)))
    return FEED_EVENTS.filter((_event, index) => verdicts[index])
  }
  expect(await readable(keyOf(open))).toEqual(['datapoints', 'updated', 'request', 'trigger'])
  expect(await readable(keyOf(open + 1))).toEqual(['datapoints', 'updated'])
  expect(await readable({ ...keyOf(null), accountId: api.home.id })).toEqual(['datapoints', 'updated'])
})
