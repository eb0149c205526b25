import { request } from 'node:http'
import { ACCESS_METHODS, type Permission } from '@sluice/model'
import { fileSecret } from '@sluice/service'
import { createAccount, findAccountByLogin, insertKey, type Database } from '@sluice/store'
import { ERROR, join, linkedPair, Router, type Identity, type Session } from '@sluice/wamp'
import type { Timeouts } from '../src/config.ts'
import { makeKeyVault } from '../src/secrets.ts'
import { serve, type Served } from './serve.ts'

export type Answered = {
  status: number
  headers: Headers
  text: string
  /** what the body says, null where it is empty */
  document: unknown
}
export type Sent = { key?: string; cookie?: string; body?: unknown }
export type Account = { id: number; login: string; masterKey: string }
export type MadeKey = { id: number; key: string }
export type TestApi = AsyncDisposable & {
  served: Served
  db: Database
  url: string
  /** of the account that the first start made, whose owner is signed in with this cookie */
  home: Account & { cookie: string }
  addAccount(login: string): Promise<Account>
  addKey(account: Account, key: { permissions: Permission[]; privateAccess?: boolean }): Promise<MadeKey>
  send(method: string, path: string, sent?: Sent): Promise<Answered>
}

/** The real api on a socket and a database of its own. */
export async function startTestApi(env: Record<string, string> = {}, timeouts?: Timeouts): Promise<TestApi> {
  const served = await serve({ env, ...(timeouts && { timeouts }) })
  const { db, first, api } = served
  const account = await findAccountByLogin(db.pool, (await signedIn(api.url, first)).login)
  if (!account) throw new Error('the first start made no account')
  const { cookie } = await signedIn(api.url, first)
  const addKey: TestApi['addKey'] = (owner, key) => insertTestKey(served, owner.id, key)
  return {
    served,
    db,
    url: api.url,
    home: { id: account.id, login: account.login, masterKey: first.apiKey, cookie },
    addKey,
    async addAccount(login) {
      const names = { login, name: login, email: `${login}@example.org` }
      const { accountId } = await db.inTransaction((tx) => createAccount(tx, names))
      const { key } = await insertTestKey(served, accountId, { permissions: [{ accessMethods: [...ACCESS_METHODS] }] })
      return { id: accountId, login, masterKey: key }
    },
    send: (method, path, sent = {}) => send(api.url, `${method} ${path}`, sent),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

async function insertTestKey(
  { db, dataDir }: Served,
  accountId: number,
  { permissions, privateAccess = true }: { permissions: Permission[]; privateAccess?: boolean },
): Promise<MadeKey> {
  const { key, ...secret } = makeKeyVault(await fileSecret(dataDir, 'server.secret')).make()
  const named = { label: 'test', permissions, privateAccess, expiresAt: null }
  const made = await db.inTransaction((tx) => insertKey(tx, accountId, { ...named, ...secret }))
  return { id: made.id, key }
}

async function signedIn(url: string, { email, password }: Served['first']): Promise<{ cookie: string; login: string }> {
  const answer = await send(url, 'POST /v2/session', { body: { email, password } })
  if (answer.status !== 200) throw new Error(`signing in was answered ${answer.status} ${answer.text}`)
  const [cookie = ''] = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
  return { cookie, login: (answer.document as { login: string }).login }
}

async function send(url: string, line: string, { key, cookie, body }: Sent): Promise<Answered> {
  const [method = '', path = ''] = line.split(' ')
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (key !== undefined) headers['x-apikey'] = key
  if (cookie !== undefined) headers['cookie'] = cookie
  if (key === undefined) headers['origin'] = url
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}${path}`, { method, headers, ...(text !== undefined && { body: text }) })
  const answer = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  const document: unknown = isJson ? JSON.parse(answer) : null
  return { status: response.status, headers: response.headers, text: answer, document }
}

/** `peer`: address that the session comes from */
export type TestRealm = { as(authrole: string, authid: string, peer?: string): Promise<Session> }

/** A realm as the bus opens it for an account: who joins says by which role and id the api will know them. */
export function openTestRealm(realm: string): TestRealm {
  const router = new Router({
    authenticate: () => ({ kind: 'refuse', uri: ERROR.noSuchRealm }),
    authorize: () => ({ allow: true, disclose: 'on' }),
    timers: globalThis,
  })
  router.openRealm(realm)
  return {
    as(authrole, authid, peer) {
      const trusted: Identity = { authid, authrole, authmethod: 'test', authprovider: 'test' }
      const [near, far] = linkedPair()
      router.attach(far, { trusted, ...(peer !== undefined && { details: { peer } }) })
      return join(near, { realm, timers: globalThis })
    },
  }
}

/** A GET, or a PUT of a body, that comes from another address of this machine or carries more headers. */
export function sendFrom(
  url: string,
  { key, address, headers, body }: { key: string; address?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; retryAfter: string | undefined; text: string }> {
  const method = body === undefined ? 'GET' : 'PUT'
  const options = { method, headers: { 'x-apikey': key, ...headers }, ...(address && { localAddress: address }) }
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], text }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
