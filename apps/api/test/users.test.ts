import type { AddedDeviceDocument, KeyDocument, UserDocument } from '@sluice/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Account, type Answered, type Sent, type TestApi } from './test-api.ts'

const PASSWORD = 'three cold wet stones'
const OTHER_PASSWORD = 'four cold wet stones'

let api: TestApi
/** no administrator */
let ann: Account
beforeAll(async () => {
  api = await startTestApi()
  ann = await api.addAccount('ann')
})
afterAll(() => api[Symbol.asyncDispose]())

/** as an administrator who is signed in, or with a master key of theirs */
const admin = (method: string, path: string, body?: unknown): Promise<Answered> =>
  api.send(method, path, { cookie: api.home.cookie, body })
const adminKey = (method: string, path: string, body?: unknown): Promise<Answered> =>
  api.send(method, path, { key: api.home.masterKey, body })
const wanted = (login: string, more: object = {}) => ({ user: { login, email: `${login}@example.org`, ...more } })

function cookieOf(answer: Answered): string {
  const [cookie = ''] = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
  return cookie
}
const signIn = (login: string, password: string): Promise<Answered> =>
  api.send('POST', '/v2/session', { body: { email: `${login}@example.org`, password } })
async function addUser(login: string, more: object = {}): Promise<Sent & { cookie: string }> {
  expect(await admin('POST', '/v2/users', wanted(login, { password: PASSWORD, ...more }))).toMatchObject({
    status: 201,
  })
  const signed = await signIn(login, PASSWORD)
  expect(signed.status).toBe(200)
  return { cookie: cookieOf(signed) }
}
async function getUser(login: string, sent: Sent = { cookie: api.home.cookie }): Promise<UserDocument> {
  return ((await api.send('GET', `/v2/users/${login}`, sent)).document as { user: UserDocument }).user
}
const linkToken = (answer: Answered): string => {
  const { sign_in_url: url } = answer.document as { sign_in_url: string }
  expect(url.startsWith(`${api.url}/sign-in?token=`)).toBe(true)
  return new URL(url).searchParams.get('token') ?? ''
}
const NO_USER = (login: string) => ({
  status: 404,
  document: { title: 'Not found', errors: `Couldn't find User with login = ${login}` },
})
const ONLY_ADMIN = { status: 403, document: { errors: 'Only an administrator may do this' } }

describe('an administrator', () => {
  test('makes a user with a password, who signs in', async () => {
    const made = await adminKey('POST', '/v2/users', wanted('bob', { full_name: 'Bob Roe', password: PASSWORD }))
    expect(made).toMatchObject({ status: 201, text: '' })
    expect(made.headers.get('location')).toBe(`${api.url}/v2/users/bob`)
    expect(await getUser('bob')).toEqual({
      login: 'bob',
      email: 'bob@example.org',
      full_name: 'Bob Roe',
      roles: ['user'],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    const signed = await signIn('bob', PASSWORD)
    expect(signed).toMatchObject({ status: 200, document: { login: 'bob', realm: 'bob', name: 'Bob Roe' } })
    expect(await api.send('GET', '/v2/feeds', { cookie: cookieOf(signed) })).toMatchObject({ status: 200 })
  })

  test('makes a user without a password, who comes in by a link once and sets one', async () => {
    const made = await admin('POST', '/v2/users', wanted('cleo'))
    expect(made).toMatchObject({ status: 201, document: { expires_at: expect.stringMatching(/Z$/) } })
    const token = linkToken(made)
    expect(await signIn('cleo', '')).toMatchObject({ status: 422 })
    expect(await signIn('cleo', PASSWORD)).toMatchObject({ status: 401 })
    const signed = await api.send('POST', '/v2/session/link', { body: { token } })
    expect(signed).toMatchObject({ status: 200, document: { login: 'cleo' } })
    expect(await api.send('POST', '/v2/session/link', { body: { token } })).toMatchObject({ status: 401 })
    const cookie = cookieOf(signed)
    expect(await getUser('cleo', { cookie })).toMatchObject({ has_password: false })
    const weak = await api.send('PUT', '/v2/users/cleo', { cookie, body: { user: { password: 'short' } } })
    expect(weak).toMatchObject({
      status: 422,
      document: { errors: ['Password is too short (minimum is 12 characters)'] },
    })
    const set = await api.send('PUT', '/v2/users/cleo', { cookie, body: { user: { password: PASSWORD } } })
    expect(set).toMatchObject({ status: 200, text: '' })
    expect(await api.send('GET', '/v2/session', { cookie })).toMatchObject({ status: 401 })
    expect(await getUser('cleo', { cookie: cookieOf(set) })).toMatchObject({ has_password: true })
    expect(await signIn('cleo', PASSWORD)).toMatchObject({ status: 200 })
  })

  test('lets back in who has lost the password: it is void, and so are sessions and older links', async () => {
    const dora = await addUser('dora')
    const first = await admin('POST', '/v2/users/dora/link')
    const second = await admin('POST', '/v2/users/dora/link')
    expect(await api.send('GET', '/v2/session', dora)).toMatchObject({ status: 401 })
    expect(await signIn('dora', PASSWORD)).toMatchObject({ status: 401 })
    const open = (token: string) => api.send('POST', '/v2/session/link', { body: { token } })
    expect(await open(linkToken(first))).toMatchObject({ status: 401 })
    expect(await open(linkToken(second))).toMatchObject({ status: 200, document: { login: 'dora' } })
  })

  test('lists all users', async () => {
    await addUser('eve')
    const { users } = (await adminKey('GET', '/v2/users')).document as { users: UserDocument[] }
    expect(users[0]).toMatchObject({ login: 'home', roles: ['admin'] })
    expect(users.map(({ login }) => login)).toEqual(expect.arrayContaining(['ann', 'eve']))
    expect((await adminKey('GET', '/v2/users?per_page=1&page=2')).document).toMatchObject({ users: [{ login: 'ann' }] })
  })

  test('makes others administrators and ordinary users, but is never the last to go', async () => {
    const fred = await addUser('fred')
    const roles = (who: string, ...names: string[]) => admin('PUT', `/v2/users/${who}`, { user: { roles: names } })
    expect(await api.send('GET', '/v2/users', fred)).toMatchObject(ONLY_ADMIN)
    expect(await roles('fred', 'admin')).toMatchObject({ status: 200 })
    expect(await api.send('GET', '/v2/users', fred)).toMatchObject({ status: 200 })
    expect(await roles('fred', 'user')).toMatchObject({ status: 200 })
    const last = { status: 409, document: { errors: 'This is the last administrator: make somebody else one first' } }
    expect(await roles('home', 'user')).toMatchObject(last)
    expect(await admin('DELETE', '/v2/users/home')).toMatchObject(last)
    expect(await getUser('home')).toMatchObject({ roles: ['admin'] })
  })

  test('is a person where a key that leaked could take the server over', async () => {
    await addUser('gus')
    const refused = { status: 403 }
    expect(await adminKey('POST', '/v2/users', wanted('root', { roles: ['admin'] }))).toMatchObject(refused)
    expect(await adminKey('POST', '/v2/users/gus/link')).toMatchObject(refused)
    for (const change of [{ roles: ['admin'] }, { email: 'x@example.org' }]) {
      expect(await adminKey('PUT', '/v2/users/gus', { user: change })).toMatchObject(refused)
    }
    expect(await adminKey('PUT', '/v2/users/gus', { user: { full_name: 'Gustav' } })).toMatchObject({ status: 200 })
    expect(await admin('PUT', '/v2/users/gus', { user: { password: OTHER_PASSWORD } })).toMatchObject({ status: 422 })
    expect(await admin('POST', '/v2/users/home/link')).toMatchObject(refused)
    expect(await getUser('gus')).toMatchObject({ full_name: 'Gustav', email: 'gus@example.org', roles: ['user'] })
  })
})

describe('any other user', () => {
  test('sees and names only itself, with a master key and signed in', async () => {
    const hugo = await addUser('hugo')
    const key = { key: ann.masterKey }
    expect(await getUser('ann', key)).toMatchObject({ login: 'ann', email: 'ann@example.org', has_password: false })
    for (const login of ['hugo', 'home', 'nobody', 'Ann', 'x']) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        expect(
          await api.send(method, `/v2/users/${login}`, { ...key, ...(method === 'PUT' && { body: '{}' }) }),
        ).toMatchObject(NO_USER(login))
      }
    }
    expect(await api.send('POST', '/v2/users/ann/link', hugo)).toMatchObject(NO_USER('ann'))
    expect(await api.send('GET', '/v2/users', key)).toMatchObject(ONLY_ADMIN)
    expect(await api.send('POST', '/v2/users', { ...key, body: wanted('eve2') })).toMatchObject(ONLY_ADMIN)
    expect(await api.send('DELETE', '/v2/users/ann', key)).toMatchObject(ONLY_ADMIN)
    const reader = await api.addKey(ann, { permissions: [{ accessMethods: ['get'] }] })
    expect(await api.send('GET', '/v2/users/ann', { key: reader.key })).toMatchObject({ status: 403 })
    expect(await api.send('GET', '/v2/users/ann')).toMatchObject({ status: 401 })
  })

  test('changes its name, and with its password e-mail and password', async () => {
    const ida = await addUser('ida')
    const change = (user: object, sent: Sent = ida) => api.send('PUT', '/v2/users/ida', { ...sent, body: { user } })
    // a client sends back the whole document
    expect(await change({ ...(await getUser('ida', ida)), full_name: 'Ida' })).toMatchObject({ status: 200, text: '' })
    expect(await change({ roles: ['admin'] })).toMatchObject({
      status: 403,
      document: { errors: 'Only an administrator may change roles' },
    })
    expect(await change({ email: 'new@example.org' })).toMatchObject({
      status: 422,
      document: { errors: ["current_password can't be blank"] },
    })
    expect(await change({ password: OTHER_PASSWORD, current_password: 'wrong' })).toMatchObject({
      status: 403,
      document: { errors: 'The password is wrong' },
    })
    expect(await getUser('ida', ida)).toMatchObject({ full_name: 'Ida', email: 'ida@example.org', roles: ['user'] })
    const proof = { current_password: PASSWORD }
    expect(await change({ email: 'ANN@example.org', ...proof })).toMatchObject({
      status: 409,
      document: { errors: 'email is already taken' },
    })
    const changed = await change({ email: 'Ida@example.com', password: OTHER_PASSWORD, ...proof })
    expect(changed.status).toBe(200)
    expect(await getUser('ida', { cookie: cookieOf(changed) })).toMatchObject({ email: 'ida@example.com' })
    const body = { email: 'ida@example.com', password: OTHER_PASSWORD }
    expect(await api.send('POST', '/v2/session', { body })).toMatchObject({ status: 200 })
  })

  test('cannot change e-mail or password with a key', async () => {
    for (const user of [{ email: 'x@example.org' }, { password: OTHER_PASSWORD, current_password: 'x' }]) {
      expect(await api.send('PUT', '/v2/users/ann', { key: ann.masterKey, body: { user } })).toMatchObject({
        status: 403,
      })
    }
    expect(await getUser('ann', { key: ann.masterKey })).toMatchObject({ email: 'ann@example.org' })
  })
})

describe('a removed user', () => {
  test('is gone with everything, at once, and the login is never given again', async () => {
    const jim = await addUser('jim')
    const added = await api.send('POST', '/v2/devices', { ...jim, body: { name: 'Lamp', private: false } })
    const { device, api_key: key } = added.document as AddedDeviceDocument
    const feed = `/v2/feeds/${device.feed_id}`
    const write = { datastreams: [{ id: 't', current_value: '1' }] }
    expect(await api.send('PUT', feed, { key, body: write })).toMatchObject({ status: 200 })
    expect(await api.send('GET', feed, { key: ann.masterKey })).toMatchObject({ status: 200 })
    expect(await adminKey('DELETE', '/v2/users/jim')).toMatchObject({ status: 200, text: '' })
    expect(await api.send('GET', feed, { key })).toMatchObject({ status: 401 })
    expect(await api.send('GET', '/v2/session', jim)).toMatchObject({ status: 401 })
    expect(await signIn('jim', PASSWORD)).toMatchObject({ status: 401 })
    expect(await api.send('GET', `/v2/devices/${device.activation_code}/activate`)).toMatchObject({ status: 404 })
    expect((await api.send('GET', '/v2/feeds?user=jim', { key: ann.masterKey })).document).toMatchObject({
      totalResults: 0,
    })
    const left = `select (select count(*) from feed where id = $1)::int as feeds,
      (select count(*) from account where login = 'jim')::int as accounts`
    expect((await api.db.pool.query(left, [device.feed_id])).rows).toEqual([{ feeds: 0, accounts: 0 }])
    expect(await admin('GET', '/v2/users/jim')).toMatchObject(NO_USER('jim'))
    expect(await admin('DELETE', '/v2/users/jim')).toMatchObject(NO_USER('jim'))
    expect(await admin('POST', '/v2/users', wanted('jim'))).toMatchObject({
      status: 409,
      document: { errors: 'login was that of an account that is gone, and is not given again' },
    })
    expect(await admin('POST', '/v2/users', wanted('jim-two', { email: 'jim@example.org' }))).toMatchObject({
      status: 201,
    })
  })
})

test('a new account opens its realm to its keys without a restart', async () => {
  const kim = await addUser('kim')
  const made = await api.send('POST', '/v2/keys', {
    ...kim,
    body: { key: { label: 'x', private_access: true, permissions: [{ access_methods: ['get'] }] } },
  })
  const { api_key: key } = made.document as { api_key: string }
  const { directory } = api.served
  expect(await directory.findKeyForRealm('kim', key)).toMatchObject({ login: 'kim' })
  expect(await directory.findKeyForRealm('ann', key)).toBeNull()
  const { keys } = (await api.send('GET', '/v2/keys', kim)).document as { keys: KeyDocument[] }
  expect(keys).toHaveLength(1)
})

test('what was done to users is recorded, and the log of requests has neither passwords nor links', async () => {
  await adminKey('POST', '/v2/users', wanted('lea', { password: PASSWORD }))
  const token = linkToken(await adminKey('POST', '/v2/users', wanted('max')))
  await adminKey('PUT', '/v2/users/home', { user: { password: OTHER_PASSWORD, current_password: PASSWORD } })
  await adminKey('DELETE', '/v2/users/lea')
  const { text } = await admin('GET', '/v2/requests?limit=1000')
  expect(text).toContain('max@example.org')
  for (const secret of [PASSWORD, OTHER_PASSWORD, token]) expect(text).not.toContain(secret)
  const { rows } = await api.db.pool.query(
    `select action, subject from audit_entry where account_id = $1 and subject in ('user lea', 'user max') order by id`,
    [api.home.id],
  )
  expect(rows).toEqual([
    { action: 'user.create', subject: 'user lea' },
    { action: 'user.create', subject: 'user max' },
    { action: 'user.remove', subject: 'user lea' },
  ])
})

test.each([
  ['POST', '/v2/users', 'x', 400],
  ['POST', '/v2/users', '{"user":[]}', 400],
  ['POST', '/v2/users', '{}', 422],
  ['POST', '/v2/users', '{"user":{"login":"No","email":"x@example.org"}}', 422],
  ['POST', '/v2/users', '{"user":{"login":"nan","email":"x"}}', 422],
  ['POST', '/v2/users', '{"user":{"login":"nan","email":"nan@example.org","password":"short"}}', 422],
  ['POST', '/v2/users', '{"user":{"login":"ann","email":"nan@example.org"}}', 409],
  ['POST', '/v2/users', '{"user":{"login":"nan","email":"ann@example.org"}}', 409],
  ['POST', '/v2/users', '{"user":{"login":"realm1","email":"nan@example.org"}}', 409],
  ['GET', '/v2/users/nan', undefined, 404],
  ['GET', '/v2/users/Ann', undefined, 404],
  ['PUT', '/v2/users/nan', '{}', 404],
  ['PUT', '/v2/users/ann', 'x', 400],
  ['PUT', '/v2/users/ann', '{"user":{"roles":["root"]}}', 422],
  ['DELETE', '/v2/users/nan', undefined, 404],
  ['POST', '/v2/users/nan/link', undefined, 404],
])('%s %s %s is answered %i', async (method, path, body, status) => {
  expect(await admin(method, path, body)).toMatchObject({ status })
})
