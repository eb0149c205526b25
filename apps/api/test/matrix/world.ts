import { ACCESS_METHODS } from '@sluice/model'
import { findAccountByLogin } from '@sluice/store'
import { startTestApi } from '../test-api.ts'
import type { Account, TestApi } from '../test-api.ts'
import { makeSubject, spreadIds } from './subject.ts'
import type { Subject, Variant } from './subject.ts'

/** An account with an owner who is signed in, and something of its own. */
export type Member = Account & {
  cookie: string
  password: string
  /** a private feed that has the same datastreams as every subject */
  feed: number
}
/** Whose account something belongs to. */
export type Whose = 'acme' | 'mallory' | 'trudy' | 'admin'
export type World = AsyncDisposable & {
  api: TestApi
  /** whose things are asked for */
  acme: Member
  /** somebody else, and one who has a key that there must not be */
  mallory: Member
  trudy: Member
  /** an administrator of the server, and no member of that account */
  admin: Member
  /** what is asked for and must not change: nobody may change it but who is given another one made for that */
  subjects: Record<Variant, Subject>
  /** one to be changed or removed */
  makeSubject(wanted: { variant: Variant; hooks: boolean; isDeployed?: true }): Promise<Subject>
  /** a user without a password, to be changed or removed by an administrator */
  makeUser(): Promise<string>
}

const PASSWORD = 'three cold wet stones'

/** @param env settings of the api */
export async function openWorld(env: Record<string, string>): Promise<World> {
  const api = await startTestApi({ SLUICE_RATE_PER_MINUTE: '0', ...env })
  await spreadIds(api)
  const acme = await addMember(api, 'acme')
  const mallory = await addMember(api, 'mallory')
  const trudy = await addMember(api, 'trudy')
  const admin = { ...api.home, password: api.served.first.password, feed: await makeFeed(api, api.home) }
  // an attacker has deliveries, devices and products, too: lists are not empty, and begin before those of others
  for (const member of [mallory, admin])
    await deploy(api, member, await makeSubject(api, member, { variant: 'private', hooks: true }))
  const subjects = {
    private: await makeSubject(api, acme, { variant: 'private', hooks: true }),
    public: await makeSubject(api, acme, { variant: 'public', hooks: true }),
  }
  for (const subject of Object.values(subjects)) await deploy(api, acme, subject)
  let users = 0
  return {
    api,
    acme,
    mallory,
    trudy,
    admin,
    subjects,
    async makeSubject(wanted) {
      const subject = await makeSubject(api, acme, wanted)
      if (wanted.isDeployed) await deploy(api, acme, subject)
      return subject
    },
    async makeUser() {
      const login = `u${String(users++).padStart(3, '0')}`
      await post(api, '/v2/users', { cookie: admin.cookie, body: userOf(login) })
      return login
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

const userOf = (login: string, more: object = {}): object => ({
  user: { login, email: `${login}@example.org`, ...more },
})

async function addMember(api: TestApi, login: string): Promise<Member> {
  await post(api, '/v2/users', { cookie: api.home.cookie, body: userOf(login, { password: PASSWORD }) })
  const account = await findAccountByLogin(api.db.pool, login)
  if (!account) throw new Error(`there is no account ${login}`)
  const { key: masterKey } = await api.addKey(
    { ...account, login, masterKey: '' },
    { permissions: [{ accessMethods: [...ACCESS_METHODS] }] },
  )
  const member = { id: account.id, login, masterKey, password: PASSWORD }
  return { ...member, cookie: await signIn(api, member), feed: await makeFeed(api, member) }
}

/** The cookie of a new session. */
export async function signIn(api: TestApi, { login, password }: Pick<Member, 'login' | 'password'>): Promise<string> {
  const email = login === api.home.login ? api.served.first.email : `${login}@example.org`
  const answer = await api.send('POST', '/v2/session', { body: { email, password } })
  if (answer.status !== 200) throw new Error(`signing in was answered ${answer.status} ${answer.text}`)
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
}

async function makeFeed(api: TestApi, { masterKey: key }: Pick<Account, 'masterKey'>): Promise<number> {
  const datastreams = ['t', 'u'].map((id) => ({ id, current_value: '1' }))
  return Number(await post(api, '/v2/feeds', { key, body: { title: 'own', private: true, datastreams } }))
}

/** A trigger on the own feed. */
export async function makeOwnTrigger(api: TestApi, { masterKey: key, feed }: Member): Promise<number> {
  const body = { environment_id: feed, stream_id: 't', trigger_type: 'change', url: 'http://example.org/own' }
  return Number(await post(api, '/v2/triggers', { key, body }))
}

async function deploy(api: TestApi, { masterKey: key }: Account, { ids }: Subject): Promise<void> {
  const answer = await api.send('POST', `/v2/devices/${ids.device}/deploy`, { key })
  if (answer.status !== 200) throw new Error(`deploying was answered ${answer.status} ${answer.text}`)
}

/** @returns the last segment of Location */
async function post(
  api: TestApi,
  path: string,
  sent: { key?: string; cookie?: string; body: object },
): Promise<string> {
  const answer = await api.send('POST', path, sent)
  if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status} ${answer.text}`)
  return answer.headers.get('location')?.split('/').at(-1) ?? ''
}

/** What an account's request log has of requests whose address ends with `n=` and one of these numbers. */
export async function readLog(
  { api, ...members }: World,
  { of, numbers }: { of: Whose; numbers: readonly number[] },
): Promise<Map<number, { status: number; body: string }>> {
  // who reads a log is shown what was answered before
  await api.send('GET', '/v2/requests?limit=1', { key: members[of].masterKey })
  const { rows } = await api.db.pool.query<{ number: number; status: number; body: string }>(
    `select n::int as number, status, response_body as body
     from (select * from request where account_id = $1 order by id desc limit 300) lately
       cross join lateral (select substring(path from '[?&]n=([0-9]+)$') as n) as named
     where n = any($2::text[])`,
    [members[of].id, numbers],
  )
  return new Map(rows.map(({ number, ...entry }) => [number, entry]))
}
