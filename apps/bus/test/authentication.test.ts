import { createRequire } from 'node:module'
import {
  type ClientAuth,
  ERROR,
  type Session,
  anonymousAuth,
  anyAuth,
  craAuth,
  cryptosignAuth,
  deriveCraKey,
  fromHex,
  join,
  openWebSocket,
  saltPassword,
  scramAuth,
  scramKeys,
  signingKey,
  ticketAuth,
  toHex,
} from '@sluice/wamp'
import { argon2id as hashWithWasm } from 'hash-wasm'
import { WebSocket } from 'ws'
import { afterAll, describe, expect, test } from 'vitest'
import { parseRealmConfig } from '../src/index.ts'
import { openLab } from './lab.ts'

const SALTING = { salt: 'some salt', iterations: 1000, keylen: 32 }
const SEED = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510'
const ROUTER_SEED = 'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd'
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()
const device = await signingKey(bytes(SEED))
const router = await signingKey(bytes(ROUTER_SEED))

/** As an administrator would make them, with an Argon2 that is not the router's. */
const stored = async (dialect: 'wamp-scram' | 'scram', kdf: 'pbkdf2' | 'argon2id'): Promise<object> => {
  const salt = bytes('000102030405060708090a0b0c0d0e0f')
  const cost = kdf === 'pbkdf2' ? { kdf, salt, iterations: 4096 } : { kdf, salt, iterations: 8, memoryKiB: 512 }
  const keys = await scramKeys(await saltPassword('pencil', cost, { dialect, argon2id: wasm }))
  const name = kdf === 'pbkdf2' ? 'pbkdf2' : dialect === 'scram' ? 'argon2id-13' : 'argon2id13'
  return {
    role: 'user',
    kdf: name,
    salt: toHex(salt),
    iterations: cost.iterations,
    ...('memoryKiB' in cost && { memory: cost.memoryKiB }),
    'stored-key': toHex(keys.storedKey),
    'server-key': toHex(keys.serverKey),
  }
}

async function wasm(
  password: Uint8Array,
  { salt, iterations, memoryKiB }: { salt: Uint8Array; iterations: number; memoryKiB: number },
): Promise<Uint8Array> {
  const cost = { iterations, memorySize: memoryKiB, parallelism: 1, hashLength: 32 }
  return await hashWithWasm({ password, salt, ...cost, outputType: 'binary' })
}

const config = {
  realms: [
    {
      name: 'factory',
      roles: [
        {
          name: 'user',
          permissions: [{ uri: '*', allow: { call: true, register: true, publish: true, subscribe: true } }],
        },
        { name: 'guest' },
      ],
      auth: {
        anonymous: { role: 'guest' },
        ticket: { principals: { joe: { role: 'user', ticket: { env: 'JOES_TICKET' } } } },
        wampcra: {
          users: {
            joe: { role: 'user', secret: 'joes secret' },
            ann: { role: 'user', secret: await deriveCraKey('anns secret', SALTING), ...SALTING },
          },
        },
        scram: {
          users: {
            typed: { role: 'user', password: 'pencil', iterations: 2, memory: 4096 },
            typed2: { role: 'user', password: 'pencil', kdf: 'pbkdf2', iterations: 4096 },
            pbkdf2: await stored('wamp-scram', 'pbkdf2'),
            argon2: await stored('wamp-scram', 'argon2id'),
            autobahn: await stored('scram', 'argon2id'),
          },
        },
        cryptosign: {
          principals: { device: { role: 'user', authorized_keys: [toHex(device.publicKey)] } },
          routerKey: ROUTER_SEED,
        },
      },
    },
    {
      name: 'vault',
      roles: [{ name: 'user' }],
      auth: {
        wampcra: { users: { joe: { role: 'user', secret: 'joes secret' } }, second: 'ticket' },
        ticket: { principals: { joe: { role: 'user', ticket: '123456' } } },
      },
    },
  ],
}

const { realms } = parseRealmConfig(JSON.stringify(config), {
  env: { JOES_TICKET: 'joes ticket' },
  readFile: () => '',
})
const lab = await openLab({ realms })
afterAll(async () => await lab[Symbol.asyncDispose]())

interface Outcome {
  readonly authid: unknown
  readonly authrole: unknown
  readonly authmethod: unknown
}
type Enter = (options: {
  authid?: string
  method: string
  extra?: object
  answer(method: string, extra: Record<string, unknown>): unknown
}) => Promise<Outcome>

const autobahn = createRequire(import.meta.url)('autobahn') as {
  Connection: new (options: object) => { open(): void; close(): void }
  auth_cra: {
    sign(key: string, challenge: unknown): string
    derive_key(secret: string, salt: unknown, iterations: unknown, keylen: unknown): string
  }
  auth_cryptosign: { sign_challenge(key: object, extra: object): string }
}

/** Joins with Autobahn|JS. */
const enterByAutobahn: Enter = ({ authid, method, extra, answer }) =>
  new Promise((resolve, reject) => {
    const connection = new autobahn.Connection({
      url: lab.url,
      realm: 'factory',
      max_retries: 0,
      ...(authid === undefined ? {} : { authid }),
      authmethods: [method],
      authextra: extra ?? {},
      onchallenge: (_session: unknown, ...challenge: [string, Record<string, unknown>]) => answer(...challenge),
    })
    Object.assign(connection, {
      onopen: (_session: unknown, details: Outcome) => {
        resolve(details)
        connection.close()
      },
      onclose: (_why: string, { reason }: { reason: string }) => {
        reject(new Error(reason))
        return true
      },
    })
    connection.open()
  })

interface Wampy {
  connect(): Promise<Outcome>
  disconnect(): Promise<unknown>
}

/** Joins with wampy, which authenticates only if it has an authid. */
const enterByWampy: Enter = async ({ authid, method, extra, answer }) => {
  const { Wampy } = (await import('wampy')) as unknown as { Wampy: new (url: string, options: object) => Wampy }
  const named = authid === undefined ? {} : { authid, authmethods: [method], onChallenge: answer }
  const options = { realm: 'factory', ws: WebSocket, maxRetries: 0, autoReconnect: false }
  const client = new Wampy(lab.url, { ...options, ...named, authextra: extra ?? {} })
  const details = await client.connect()
  await client.disconnect()
  return details
}

const wampyCra = (await import('wampy/wampcra.js')) as { sign(secret: string): (...challenge: unknown[]) => unknown }
const wampySign = (await import('wampy/cryptosign.js')) as {
  sign(key: string): (...challenge: unknown[]) => unknown
}
const nacl = createRequire(createRequire(import.meta.url).resolve('autobahn'))('tweetnacl') as {
  sign: { keyPair: { fromSeed(seed: Uint8Array): object } }
}

const signByAutobahn =
  (secret: string) =>
  (_method: string, { challenge, salt, iterations, keylen }: Record<string, unknown>) =>
    autobahn.auth_cra.sign(
      salt === undefined ? secret : autobahn.auth_cra.derive_key(secret, salt, iterations, keylen),
      challenge,
    )

describe.each([
  {
    client: 'Autobahn|JS',
    enter: enterByAutobahn,
    cra: signByAutobahn,
    named: [{ authid: 'device' }, {}],
    cryptosign: (_method: string, extra: object): unknown =>
      autobahn.auth_cryptosign.sign_challenge(nacl.sign.keyPair.fromSeed(bytes(SEED)), extra),
  },
  {
    client: 'wampy',
    enter: enterByWampy,
    cra: wampyCra.sign,
    named: [{ authid: 'device' }],
    cryptosign: wampySign.sign(SEED),
  },
])('$client', ({ enter, cra, cryptosign, named }) => {
  test('anonymous', async () => {
    const outcome = await enter({ method: 'anonymous', answer: () => '' })
    expect(outcome).toMatchObject({ authrole: 'guest', authmethod: 'anonymous' })
  })

  test('ticket', async () => {
    const who = { authid: 'joe', method: 'ticket' }
    expect(await enter({ ...who, answer: () => 'joes ticket' })).toMatchObject({
      authid: 'joe',
      authrole: 'user',
      authmethod: 'ticket',
    })
    await expect(enter({ ...who, answer: () => 'joe’s ticket' })).rejects.toThrow()
  })

  test.each([
    { name: 'plain', authid: 'joe', secret: 'joes secret' },
    { name: 'salted', authid: 'ann', secret: 'anns secret' },
  ])('wampcra, $name', async ({ authid, secret }) => {
    const who = { authid, method: 'wampcra' }
    expect(await enter({ ...who, answer: cra(secret) })).toMatchObject({ authid, authmethod: 'wampcra' })
    await expect(enter({ ...who, answer: cra('wrong') })).rejects.toThrow()
    await expect(enter({ ...who, authid: 'nobody', answer: cra(secret) })).rejects.toThrow()
  })

  test.each(named)('cryptosign, saying %j', async (name) => {
    const who = { ...name, method: 'cryptosign', extra: { pubkey: toHex(device.publicKey) } }
    expect(await enter({ ...who, answer: cryptosign })).toMatchObject({ authid: 'device', authmethod: 'cryptosign' })
    const other = wampySign.sign('22'.repeat(32))
    await expect(enter({ ...who, answer: other })).rejects.toThrow()
  })
})

async function enter(auth: ClientAuth, realm = 'factory'): Promise<Session> {
  const session = await join(await openWebSocket(lab.url), { realm, timers: globalThis, auth })
  await session.leave()
  return session
}
const refused = { uri: ERROR.authenticationFailed }

describe('our client', () => {
  test.each([
    { authid: 'typed', dialect: 'wamp-scram' },
    { authid: 'typed', dialect: 'scram' },
    { authid: 'typed2', dialect: 'wamp-scram' },
    { authid: 'typed2', dialect: 'scram' },
    { authid: 'pbkdf2', dialect: 'wamp-scram' },
    { authid: 'pbkdf2', dialect: 'scram' },
    { authid: 'argon2', dialect: 'wamp-scram' },
    { authid: 'autobahn', dialect: 'scram' },
  ] as const)('$dialect as $authid', async ({ authid, dialect }) => {
    const auth = (password: string): ClientAuth => scramAuth({ authid, password, dialects: [dialect], argon2id: wasm })
    expect((await enter(auth('pencil'))).details).toMatchObject({ authid, authrole: 'user', authmethod: dialect })
    await expect(enter(auth('pencils'))).rejects.toMatchObject(refused)
  })

  test.each([
    { authid: 'argon2', dialect: 'scram' },
    { authid: 'autobahn', dialect: 'wamp-scram' },
    { authid: 'nobody', dialect: 'wamp-scram' },
  ] as const)('$dialect as $authid is challenged, and refused', async ({ authid, dialect }) => {
    let asked: unknown = null
    const auth = scramAuth({ authid, password: 'pencil', dialects: [dialect], argon2id: wasm })
    const seeing: ClientAuth = {
      ...auth,
      answer: (method, extra) => {
        asked = extra['salt']
        return auth.answer?.(method, extra) ?? { signature: '' }
      },
    }
    await expect(enter(seeing)).rejects.toMatchObject(refused)
    expect(asked).toMatch(/^[\w+/]{22}==$/)
  })

  test('the mock salt of an unknown user is the same each time, and another for another', async () => {
    const salts: unknown[] = []
    for (const authid of ['nobody', 'nobody', 'somebody']) {
      const auth = scramAuth({ authid, password: 'x', argon2id: wasm })
      const answer: ClientAuth['answer'] = (_method, extra) => {
        salts.push(extra['salt'])
        return { signature: 'AAAA' }
      }
      await expect(enter({ ...auth, answer })).rejects.toMatchObject(refused)
    }
    expect(salts[0]).toBe(salts[1])
    expect(salts[0]).not.toBe(salts[2])
  })

  test('cryptosign, and the router proves its key', async () => {
    const good = cryptosignAuth({ key: device, routerKey: toHex(router.publicKey) })
    expect((await enter(good)).details).toMatchObject({ authid: 'device', authmethod: 'cryptosign' })
    await expect(enter(cryptosignAuth({ key: device, routerKey: toHex(device.publicKey) }))).rejects.toMatchObject(
      refused,
    )
  })

  test('two factors, and neither of them alone', async () => {
    const password = craAuth({ authid: 'joe', secret: 'joes secret' })
    expect((await enter(anyAuth(password, ticketAuth('123456')), 'vault')).details).toMatchObject({
      authid: 'joe',
      authmethod: 'wampcra',
    })
    await expect(enter(anyAuth(password, ticketAuth('123457')), 'vault')).rejects.toMatchObject(refused)
    await expect(enter(ticketAuth('123456', 'joe'), 'vault')).rejects.toMatchObject({ uri: ERROR.noMatchingAuthMethod })
    await expect(enter(anonymousAuth(), 'vault')).rejects.toMatchObject({ uri: ERROR.noMatchingAuthMethod })
  })
})

test.each([
  { name: 'acme', says: 'acme is the realm of an account' },
  { name: 'realm1', says: 'realm1 is the sandbox realm' },
])('a configured realm may not be $name', async ({ name, says }) => {
  const [realm] = realms
  if (!realm) throw new Error('there is a realm in the configuration above')
  await expect(openLab({ realms: [{ ...realm, name }] })).rejects.toThrow(says)
})
