import { randomBytes } from 'node:crypto'
import { ACCESS_METHODS, makeKey } from '@sluice/model'
import type { AccessMethod, Permission, Resource } from '@sluice/model'
import type { Ids } from './subject.ts'
import { makeOwnTrigger, signIn } from './world.ts'
import type { Member, Whose, World } from './world.ts'
import type { Carrier, Sent } from './way.ts'

/** What a request is made with. */
export type Credentials = Pick<Sent, 'key' | 'cookie' | 'headers'> & { carrier?: Carrier }
/** Who asks, with what of their own goes into requests beside the ids of others. */
export type Caller = Credentials & {
  password: string
  feed: number
  trigger: number
  /** the text of another key of the account */
  spare: string
}
export type Principal = {
  name: string
  kind: 'key' | 'cookie' | 'none'
  /** whose account it belongs to, if only in pretence */
  of: Whose
  /** made for one subject: its credentials name it */
  isBound: boolean
  show(world: World, ids: Ids): Promise<Credentials>
}

/** What a principal sends to ask for one subject. */
export async function openCaller(world: World, principal: Principal, ids: Ids): Promise<Caller> {
  const { password, feed } = world[principal.of]
  return { ...(await principal.show(world, ids)), password, feed, ...(await openOwn(world, principal)) }
}

/** What a principal's account has of its own, and may change. */
export async function openOwn(world: World, { of }: Principal): Promise<Pick<Caller, 'trigger' | 'spare'>> {
  const [trigger, spare] = await Promise.all([
    makeOwnTrigger(world.api, world[of]),
    world.api.addKey(world[of], { permissions: [{ accessMethods: ['get'] }] }),
  ])
  return { trigger, spare: spare.key }
}

type KeyOptions = { of?: Whose; privateAccess?: boolean; carrier?: Carrier; headers?: Record<string, string> }

/** A key that reaches all of its account, as far as it says. */
function free(name: string, permission: Permission, options: KeyOptions = {}): Principal {
  return { ...keyed(name, () => [permission], options), isBound: false }
}

/** A key with all methods for something named. */
function bound(name: string, resources: (ids: Ids, own: Member) => Resource[], options: KeyOptions = {}): Principal {
  return keyed(name, (ids, own) => [{ accessMethods: [...ACCESS_METHODS], resources: resources(ids, own) }], options)
}

function keyed(
  name: string,
  permissions: (ids: Ids, own: Member) => Permission[],
  { of = 'acme', privateAccess = true, carrier, headers }: KeyOptions,
): Principal {
  return {
    name,
    kind: 'key',
    of,
    isBound: true,
    async show(world, ids) {
      const { key } = await world.api.addKey(world[of], { permissions: permissions(ids, world[of]), privateAccess })
      return { key, ...(carrier && { carrier }), ...(headers && { headers }) }
    },
  }
}

const able = (...accessMethods: AccessMethod[]): Permission => ({ accessMethods })
const ALL: Permission = { accessMethods: [...ACCESS_METHODS] }

/** A key with all rights, to which something happened before it is used. */
function once(name: string, spoil: (world: World, key: { id: number; key: string }) => Promise<unknown>): Principal {
  return {
    ...free(name, ALL),
    async show(world) {
      const made = await world.api.addKey(world.acme, { permissions: [ALL] })
      await spoil(world, made)
      return { key: made.key }
    },
  }
}

async function roll({ api, acme }: World, { key }: { key: string }): Promise<void> {
  const rolled = await api.send('POST', `/v2/keys/${key}/roll`, { key: acme.masterKey })
  if (rolled.status !== 201) throw new Error(`rolling was answered ${rolled.status} ${rolled.text}`)
}

function owner(name: string, of: Whose): Principal {
  const show: Principal['show'] = async ({ api, [of]: member }) => ({ cookie: await signIn(api, member) })
  return { name, kind: 'cookie', of, isBound: false, show }
}

const stranger = (name: string, credentials: Credentials): Principal => ({
  name,
  kind: credentials.key === undefined ? 'none' : 'key',
  of: 'mallory',
  isBound: false,
  show: () => Promise.resolve(credentials),
})

/** Neither the API nor the store would let it be made. */
const namingForeign: Principal = {
  ...bound('a key of another account that names the feed', () => [], { of: 'trudy' }),
  async show({ api, trudy }, { feed, trigger }) {
    const { id, key } = await api.addKey(trudy, { permissions: [ALL] })
    const resources = [{ feedId: feed }, { triggerId: trigger }]
    const permissions = JSON.stringify([{ ...ALL, resources }])
    await api.db.pool.query('update api_key set permissions = $2 where id = $1', [id, permissions])
    return { key }
  },
}

/** The key that a device was given, which works until the device is deactivated. */
const ofDeactivatedDevice: Principal = {
  ...stranger('the key of a deactivated device', { key: '' }),
  of: 'acme',
  async show({ api, acme, makeSubject }) {
    const { ids } = await makeSubject({ variant: 'private', hooks: false })
    await api.send('POST', `/v2/devices/${ids.device}/deactivate`, { key: acme.masterKey })
    return { key: ids.key }
  },
}

/** The master key of an account whose owner was removed. */
const ofRemovedAccount: Principal = {
  ...stranger('a master key of an account that was removed', { key: '' }),
  async show({ api, makeUser, admin }) {
    const login = await makeUser()
    const { rows } = await api.db.pool.query<{ id: number }>('select id from account where login = $1', [login])
    const { key } = await api.addKey({ id: rows[0]?.id ?? 0, login, masterKey: '' }, { permissions: [ALL] })
    const removed = await api.send('DELETE', `/v2/users/${login}`, { cookie: admin.cookie })
    if (removed.status !== 200) throw new Error(`a user was not removed: ${removed.text}`)
    return { key }
  },
}

/** Everybody there is, by what they can show. */
export const PRINCIPALS: readonly Principal[] = [
  stranger('nobody', {}),
  stranger('a malformed key', { key: 'slc_none' }),
  stranger('a well-formed key that nobody has', { key: makeKey(randomBytes) }),
  once('an expired key', ({ api }, { id }) =>
    api.db.pool.query(`update api_key set expires_at = now() - interval '1 s' where id = $1`, [id]),
  ),
  once('a removed key', ({ api, acme }, { key }) => api.send('DELETE', `/v2/keys/${key}`, { key: acme.masterKey })),
  ofDeactivatedDevice,
  ofRemovedAccount,
  once('the old text of a rolled key, after the overlap', async (world, made) => {
    await roll(world, made)
    const { api, acme } = world
    await api.send('POST', `/v2/keys/${made.key}/roll/end`, { key: acme.masterKey })
  }),
  { ...free('a master key beside another key', ALL, { carrier: 'both' }) },
  free('a key for another address', { ...ALL, sourceIp: '192.0.2.1' }),
  free(
    'a key for pages of another site',
    { ...ALL, referer: 'example.org' },
    { headers: { referer: 'http://evil.net' } },
  ),
  free('the master key of another account', ALL, { of: 'mallory' }),
  owner('the owner of another account', 'mallory'),
  namingForeign,
  free('the master key of an administrator', ALL, { of: 'admin' }),
  owner('an administrator', 'admin'),
  free('a key that reads', able('get')),
  free('a key that writes', able('put', 'post')),
  free('a key that deletes', able('delete')),
  free('a key without private access', ALL, { privateAccess: false }),
  bound('a key for another feed', (_ids, { feed }) => [{ feedId: feed }]),
  bound('a key for the feed', ({ feed }) => [{ feedId: feed }]),
  bound('a key for the feed, without private access', ({ feed }) => [{ feedId: feed }], { privateAccess: false }),
  bound('a key for the datastream', ({ feed }) => [{ feedId: feed, datastreamId: 't' }]),
  bound('a key for the other datastream', ({ feed }) => [{ feedId: feed, datastreamId: 'u' }]),
  bound('a key for the trigger', ({ trigger }) => [{ triggerId: trigger }]),
  free('a key for this address', { ...ALL, sourceIp: '127.0.0.0/8' }),
  free(
    'a key for this address and this page',
    { ...ALL, sourceIp: '127.0.0.1', referer: 'example.org' },
    {
      headers: { referer: 'http://example.org/page' },
    },
  ),
  once('the old text of a rolled key, within the overlap', roll),
  free('the master key', ALL),
  owner('the owner', 'acme'),
]
