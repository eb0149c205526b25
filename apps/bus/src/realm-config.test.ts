import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RealmConfigError, parseRealmConfig } from './realm-config.ts'

const sources = {
  env: { DOOR: 'open sesame', EMPTY: '' },
  readFile: (path: string): string => {
    if (path === '/run/secret') return 'from a file\n'
    throw new Error(`ENOENT ${path}`)
  },
}

const role = { name: 'user', permissions: [{ uri: 'app.*', allow: { call: true, subscribe: true } }] }
const realm = { name: 'factory', roles: [role], auth: { anonymous: { role: 'user' } } }

function problems(config: unknown): readonly string[] {
  try {
    parseRealmConfig(JSON.stringify(config), sources)
    return []
  } catch (error) {
    if (error instanceof RealmConfigError) return error.problems
    throw error
  }
}
const withRealm = (change: object): object => ({ realms: [{ ...realm, ...change }] })
const withAuth = (auth: object): object => withRealm({ auth })
const withRow = (row: object): object => withRealm({ roles: [{ name: 'user', permissions: [row] }] })

describe('what a configuration becomes', () => {
  test('nothing is a configuration', () => {
    expect(parseRealmConfig('{}', sources)).toEqual({ realms: [], listeners: [] })
  })

  test.each([
    [{ uri: 'a.b' }, { uri: 'a.b', match: 'exact' }],
    [{ uri: 'a.*' }, { uri: 'a.', match: 'prefix' }],
    [{ uri: '*' }, { uri: '', match: 'prefix' }],
    [
      { uri: 'a..b', match: 'wildcard' },
      { uri: 'a..b', match: 'wildcard' },
    ],
    [
      { uri: 'a.${authid}.', match: 'prefix' },
      { uri: 'a.${authid}.', match: 'prefix' },
    ],
    [
      { uri: 'a', disclose: { caller: true, publisher: false }, cache: true },
      { uri: 'a', match: 'exact', disclose: { caller: 'on', publisher: 'off' } },
    ],
  ])('the permission %j becomes %j', (row, expected) => {
    const allow = { call: true }
    const { realms } = parseRealmConfig(JSON.stringify(withRow({ ...row, allow })), sources)
    expect(realms[0]?.roles[0]?.permissions).toEqual([{ ...expected, allow }])
  })

  test.each([
    ['plain', 'plain'],
    [{ env: 'DOOR' }, 'open sesame'],
    [{ file: '/run/secret' }, 'from a file'],
  ])('the secret %j is %s', (ticket, expected) => {
    const auth = { ticket: { principals: { joe: { role: 'user', ticket } } } }
    const { realms } = parseRealmConfig(JSON.stringify(withAuth(auth)), sources)
    expect(realms[0]?.auth.ticket).toEqual({ principals: { joe: { role: 'user', ticket: expected } } })
  })

  test('the example of the documentation is one', () => {
    const page = readFileSync(new URL('../../../docs/from-crossbar-or-nexus.md', import.meta.url), 'utf8')
    const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? []
    const config = parseRealmConfig(example, { env: { CONTROL_TICKET: 't' }, readFile: () => 'secret' })
    expect(config.realms.map(({ name }) => name)).toEqual(['plant'])
    expect(config.listeners).toHaveLength(1)
  })

  test('resumption is told in seconds, and an authorizer may be a name', () => {
    const roles = [{ name: 'user', authorizer: 'app.authorize' }]
    const config = withRealm({ roles, resumption: { windowS: 60, eventsMax: 100 } })
    const { realms } = parseRealmConfig(JSON.stringify(config), sources)
    expect(realms[0]).toMatchObject({
      resumption: { windowMs: 60_000, eventsMax: 100 },
      roles: [{ permissions: [], authorizer: { procedure: 'app.authorize' } }],
    })
  })
})

describe('problems', () => {
  test.each([
    { config: { realm: [] }, says: ['Unrecognized key: "realm"'] },
    { config: { realms: [realm, realm] }, says: ['realms.1.name: there is another realm factory'] },
    { config: withRealm({ name: 'a b' }), says: ['realms.0.name: is no URI that a realm may have'] },
    { config: withRealm({ name: 'wamp.x' }), says: ['realms.0.name: is no URI that a realm may have'] },
    { config: withRealm({ roles: [role, role] }), says: ['realms.0.roles.1.name: there is another role user'] },
    {
      config: withAuth({ anonymous: { role: 'guest' } }),
      says: ['realms.0.auth.anonymous.role: there is no role guest'],
    },
    { config: withAuth({}), says: ['realms.0.auth: must offer a method other than cookie'] },
    { config: withAuth({ cookie: {} }), says: ['realms.0.auth: must offer a method other than cookie'] },
    {
      config: withAuth({ ticket: { principals: { joe: { role: 'guest', ticket: 't' } } } }),
      says: ['realms.0.auth.ticket.principals.joe.role: there is no role guest'],
    },
    {
      config: withAuth({ ticket: { principals: { joe: { role: 'user', ticket: { env: 'NOWHERE' } } } } }),
      says: ['realms.0.auth.ticket.principals.joe.ticket: the environment variable NOWHERE is not set'],
    },
    {
      config: withAuth({ ticket: { principals: { joe: { role: 'user', ticket: { env: 'EMPTY' } } } } }),
      says: ['realms.0.auth.ticket.principals.joe.ticket: the environment variable EMPTY is not set'],
    },
    {
      config: withAuth({ ticket: { principals: { joe: { role: 'user', ticket: { file: '/none' } } } } }),
      says: ['realms.0.auth.ticket.principals.joe.ticket: the file /none cannot be read'],
    },
    {
      config: withAuth({ ticket: { procedure: 'app.auth', realm: 'elsewhere' } }),
      says: ['realms.0.auth.ticket.realm: there is no realm elsewhere'],
    },
    {
      config: withAuth({ ticket: { principals: {}, second: 'wampcra' } }),
      says: ['realms.0.auth.ticket.second: wampcra must be another method of this realm'],
    },
    {
      config: withAuth({ cryptosign: { principals: { d: { role: 'user', authorized_keys: ['ff'] } } } }),
      says: ['realms.0.auth.cryptosign.principals.d.authorized_keys.0: must be 32 bytes in hexadecimal'],
    },
    {
      config: withAuth({ tls: { principals: { d: { role: 'user' } } } }),
      says: ['realms.0.auth.tls.principals.d: give either sha256 or commonName'],
    },
    {
      config: withAuth({ wampcra: { users: { joe: { role: 'user', secret: 's', iterations: 1000 } } } }),
      says: [expect.stringMatching(/^realms\.0\.auth\.wampcra\.users\.joe: iterations and keylen/)],
    },
    {
      config: withRow({ uri: 'a b', allow: {} }),
      says: ['realms.0.roles.0.permissions.0.uri: is no URI that matches by exact'],
    },
    {
      config: withRow({ uri: 'a..b', allow: {} }),
      says: ['realms.0.roles.0.permissions.0.uri: is no URI that matches by exact'],
    },
    {
      config: withRow({ uri: 'a.${session}', allow: {} }),
      says: ['realms.0.roles.0.permissions.0.uri: knows only ${authid} and ${authrole}'],
    },
    {
      config: withRow({ uri: 'a.${authid}', match: 'prefix', allow: {} }),
      says: ['realms.0.roles.0.permissions.0.uri: must go on after the variable, with a dot at least'],
    },
    {
      config: withRow({ uri: 'a.${authid}*', allow: {} }),
      says: ['realms.0.roles.0.permissions.0.uri: must go on after the variable, with a dot at least'],
    },
    {
      config: { listeners: [{ type: 'rawsocket', port: 1, path: '/x' }, { type: 'websocket' }] },
      says: ['listeners.0: give either port or path', 'listeners.1: give either port or path'],
    },
    {
      config: { listeners: [{ type: 'rawsocket', path: '/x', tls: { key: 'k', cert: 'c' } }] },
      says: ['listeners.0: a Unix domain socket has no TLS'],
    },
  ])('$says', ({ config, says }) => {
    expect(problems(config)).toEqual(says)
  })

  test('all of them at once', () => {
    const config = {
      realms: [{ ...realm, name: '', options: { uris: 'free' } }],
      listeners: [{ type: 'ftp', port: 1 }],
    }
    expect(problems(config).map((problem) => problem.split(':', 1)[0])).toEqual([
      'realms.0.name',
      'realms.0.options.uris',
      'listeners.0.type',
    ])
  })

  test('no JSON', () => {
    expect(() => parseRealmConfig('{"hush": hush}', sources)).toThrow(RealmConfigError)
    expect(() => parseRealmConfig('{"hush": hush}', sources)).not.toThrow(/hush/)
  })

  test('a secret is not repeated', () => {
    const secret = 'hush '.repeat(2000)
    const auth = { ticket: { principals: { joe: { role: 'user', ticket: secret } } } }
    const said = problems(withAuth(auth)).join('\n')
    expect(said).toContain('realms.0.auth.ticket.principals.joe.ticket')
    expect(said).not.toContain('hush')
  })
})
