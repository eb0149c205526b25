import { describe, expect, test } from 'vitest'
import { type ClientAuth, join, ticketAuth } from '../client/join.ts'
import { ERROR } from '../errors.ts'
import { linkedPair } from '../linked-pair.ts'
import type { Dict } from '../payload.ts'
import type { Identity } from '../router/authenticator.ts'
import { Router } from '../router/router.ts'
import { fromHex, toHex, utf8 } from './bytes.ts'
import { anonymousAuth, anyAuth, craAuth, cryptosignAuth, scramAuth, transportAuth } from './client-methods.ts'
import { type CraPrincipal, craMethod, deriveCraKey } from './cra.ts'
import { type CryptosignPrincipal, cryptosignMethod } from './cryptosign.ts'
import { type RouterMethod, anyOf, bothOf } from './method.ts'
import { anonymousMethod, cookieMethod, ticketMethod, tlsMethod } from './plain-methods.ts'
import { type Argon2id, type ScramDialect, saltPassword, scramKeys } from './scram.ts'
import { type ScramPrincipal, scramMethod } from './scram-method.ts'
import { hmac, signingKey } from './web-crypto.ts'

const timers = { setTimeout: () => 0, clearTimeout: () => {} }
const joe = { authid: 'joe', authrole: 'user', authprovider: 'test' }
const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const tls = (data: Dict): Dict => ({ tls: { certificate: null, channelBindings: {}, ...data } })

/** Who a client is after joining a realm that offers these methods. */
async function enter(methods: readonly RouterMethod[], auth?: ClientAuth, details: Dict = {}): Promise<Identity> {
  const router = new Router({ authenticate: anyOf(methods), authorize: () => true, timers })
  router.openRealm('realm1')
  const [near, far] = linkedPair()
  router.attach(far, { details })
  await join(near, { realm: 'realm1', timers, ...(auth ? { auth } : {}) })
  const [session] = router.sessions()
  if (!session) throw new Error('joined, but there is no session')
  return session.identity
}

const refused = { uri: ERROR.authenticationFailed }

const SALTING = { salt: 'salt123', iterations: 1000, keylen: 32 }

function cra(principals: Record<string, CraPrincipal>, decoys = { count: 0 }): RouterMethod {
  return craMethod({
    find: ({ authid }) => principals[authid] ?? null,
    decoy: (authid) => {
      decoys.count += 1
      return { identity: { ...joe, authid }, key: 'never', salting: SALTING }
    },
    now: () => new Date(0),
  })
}

test('a secret that is being replaced counts, too, as whom it belonged to', async () => {
  const former = { identity: { ...joe, authrole: 'before' }, key: 'old' }
  const methods = [cra({ joe: { identity: joe, key: 'new', former }, jim: { identity: joe, key: 'new' } })]
  const as = (secret: string, authid = 'joe') => enter(methods, craAuth({ authid, secret }))
  expect([(await as('new')).authrole, (await as('old')).authrole]).toEqual(['user', 'before'])
  await expect(as('older')).rejects.toMatchObject(refused)
  await expect(as('old', 'jim')).rejects.toMatchObject(refused)
})

test.each(['wamp-scram', 'scram'] as const)('so it does with %s', async (dialect) => {
  const cost = { kdf: 'pbkdf2', salt: utf8('sixteen bytes of'), iterations: 4096 } as const
  const keysOf = async (password: string) => scramKeys(await saltPassword(password, cost, { dialect, argon2id }))
  const former = { identity: { ...joe, authrole: 'before' }, ...(await keysOf('old')) }
  const principal: ScramPrincipal = { identity: joe, ...cost, ...(await keysOf('new')), former }
  const find = ({ authid }: { authid: string }) => (authid === 'joe' ? principal : null)
  const methods = [scramMethod({ dialect, find, decoy: () => principal })]
  const as = (password: string, authid = 'joe') => enter(methods, scramAuth({ authid, password, dialects: [dialect] }))
  expect([(await as('new')).authrole, (await as('old')).authrole]).toEqual(['user', 'before'])
  await expect(as('older')).rejects.toMatchObject(refused)
  await expect(as('old', 'jim')).rejects.toMatchObject(refused)
})

/** A stand-in for Argon2id that depends on all its input; the real one is tested with the bus. */
const argon2id: Argon2id = (password, { salt, iterations, memoryKiB }) =>
  hmac(salt, new Uint8Array([...password, ...utf8(`${iterations} ${memoryKiB}`)]))

async function scram(
  dialect: ScramDialect,
  {
    kdf = 'pbkdf2',
    password = 'pencil',
    authid = 'joe',
  }: { kdf?: 'pbkdf2' | 'argon2id'; password?: string; authid?: string } = {},
): Promise<RouterMethod> {
  const salt = utf8('sixteen bytes of')
  const cost = kdf === 'pbkdf2' ? { kdf, salt, iterations: 4096 } : { kdf, salt, iterations: 4096, memoryKiB: 512 }
  const keys = await scramKeys(await saltPassword(password, cost, { dialect, argon2id }))
  const principal: ScramPrincipal = { identity: { ...joe, authid }, ...cost, ...keys }
  return scramMethod({
    dialect,
    find: (hello) => (hello.authid === authid ? principal : null),
    decoy: () => principal,
  })
}

function cryptosign(
  keys: Record<string, Uint8Array>,
  routerKey?: Awaited<ReturnType<typeof signingKey>>,
): RouterMethod {
  const byKey = new Map(Object.entries(keys).map(([authid, key]) => [toHex(key), authid]))
  return cryptosignMethod({
    find: (pubkey, hello): CryptosignPrincipal | null => {
      const authid = pubkey === null ? hello.authid : (byKey.get(pubkey) ?? null)
      const key = authid === null ? undefined : keys[authid]
      return authid !== null && key && (hello.authid ?? authid) === authid
        ? { identity: { ...joe, authid }, keys: [key] }
        : null
    },
    ...(routerKey ? { routerKey } : {}),
  })
}

describe('anonymous and ticket', () => {
  const methods = [
    anonymousMethod('guest'),
    ticketMethod(({ authid }, ticket) => (authid === 'joe' && ticket === 'secret' ? { identity: joe } : null)),
  ]

  test('anybody gets the role and an authid nobody else has', async () => {
    const [one, two] = [await enter(methods), await enter(methods, anonymousAuth())]
    expect(one).toMatchObject({ authrole: 'guest', authmethod: 'anonymous' })
    expect(one.authid).toMatch(/^[\w-]{20}$/)
    expect(one.authid).not.toBe(two.authid)
  })

  test('a ticket is the secret', async () => {
    expect(await enter(methods, ticketAuth('secret', 'joe'))).toEqual({ ...joe, authmethod: 'ticket' })
  })

  test.each([
    ['wrong', 'joe'],
    ['secret', 'jim'],
    ['', 'joe'],
    ['x'.repeat(5000), 'joe'],
  ])('ticket %j of %s is refused', async (ticket, authid) => {
    await expect(enter(methods, ticketAuth(ticket, authid))).rejects.toMatchObject({ ...refused, args: [] })
  })

  test('the first of the client’s methods that is offered is taken', async () => {
    const auth = anyAuth(craAuth({ authid: 'joe', secret: '?' }), ticketAuth('secret', 'joe'), anonymousAuth())
    expect((await enter(methods, auth)).authmethod).toBe('ticket')
    expect((await enter(methods, anyAuth(anonymousAuth(), ticketAuth('secret', 'joe')))).authmethod).toBe('anonymous')
  })

  test('no method in common', async () => {
    await expect(enter(methods, craAuth({ authid: 'joe', secret: 's' }))).rejects.toMatchObject({
      uri: ERROR.noMatchingAuthMethod,
    })
  })
})

describe('wampcra', () => {
  test.each([{ name: 'plain' }, { name: 'salted', salting: SALTING }])('$name', async ({ salting }) => {
    const key = salting ? await deriveCraKey('secret', salting) : 'secret'
    const method = cra({ joe: { identity: joe, key, ...(salting ? { salting } : {}) } })
    expect(await enter([method], craAuth({ authid: 'joe', secret: 'secret' }))).toEqual({
      ...joe,
      authmethod: 'wampcra',
    })
    await expect(enter([method], craAuth({ authid: 'joe', secret: 'Secret' }))).rejects.toMatchObject(refused)
  })

  test('an unknown authid is challenged all the same, and fails at the end', async () => {
    const decoys = { count: 0 }
    const method = cra({ joe: { identity: joe, key: 'secret' } }, decoys)
    await expect(enter([method], craAuth({ authid: 'jim', secret: 'secret' }))).rejects.toMatchObject(refused)
    expect(decoys.count).toBe(1)
    const knowsTheDecoy: ClientAuth = { ...craAuth({ authid: 'jim', secret: 'never' }) }
    await expect(enter([method], knowsTheDecoy)).rejects.toMatchObject(refused)
  })

  test('the challenge is a JSON text with what the specification lists', async () => {
    let seen = ''
    const auth = craAuth({ authid: 'joe', secret: 'secret' })
    await enter([cra({ joe: { identity: joe, key: 'secret' } })], {
      ...auth,
      answer: (method, extra) => {
        seen = String(extra['challenge'])
        return auth.answer?.(method, extra) ?? { signature: '' }
      },
    })
    expect(JSON.parse(seen)).toEqual({
      ...joe,
      authmethod: 'wampcra',
      nonce: expect.stringMatching(/^[\w+/]{43}=$/) as string,
      timestamp: '1970-01-01T00:00:00.000Z',
      session: expect.any(Number) as number,
    })
  })
})

describe.each(['wamp-scram', 'scram'] as const)('%s', (dialect) => {
  const auth = (password: string, authid = 'joe'): ClientAuth =>
    scramAuth({ authid, password, dialects: [dialect], argon2id })

  test.each(['pbkdf2', 'argon2id'] as const)('with %s, both sides prove that they know the password', async (kdf) => {
    const identity = await enter([await scram(dialect, { kdf })], auth('pencil'))
    const key = dialect === 'scram' ? 'scram_server_signature' : 'verifier'
    expect(identity).toMatchObject({ ...joe, authmethod: dialect })
    expect(identity.authextra?.[key]).toMatch(/^[\w+/]{43}=$/)
  })

  test('a wrong password and an unknown user fail alike', async () => {
    const method = await scram(dialect)
    await expect(enter([method], auth('pencils'))).rejects.toMatchObject({ ...refused, args: [] })
    await expect(enter([method], auth('pencil', 'jim'))).rejects.toMatchObject({ ...refused, args: [] })
  })

  test('a router that accepts without knowing the password is left', async () => {
    const method = await scram(dialect)
    const liar: RouterMethod = {
      name: dialect,
      start: async (hello) => {
        const step = await method.start(hello)
        if (step.kind !== 'challenge') return step
        return { ...step, answer: () => ({ kind: 'accept', identity: { ...joe, authmethod: dialect } }) }
      },
    }
    await expect(enter([liar], auth('pencil'))).rejects.toMatchObject(refused)
  })

  test('an authid with characters that RFC 5802 escapes', async () => {
    const authid = 'a=b,c'
    expect(await enter([await scram(dialect, { authid })], auth('pencil', authid))).toMatchObject({ authid })
  })
})

describe('scram in detail', () => {
  test.each([
    { name: 'no nonce', authextra: {} },
    { name: 'a nonce that is not base64', authextra: { nonce: 'a,b' } },
    { name: 'an empty nonce', authextra: { nonce: '' } },
    { name: 'a channel binding the transport has not', authextra: { nonce: 'AAAA', channel_binding: 'tls-unique' } },
  ])('HELLO with $name is refused', async ({ authextra }) => {
    const auth: ClientAuth = {
      authid: 'joe',
      authmethods: ['wamp-scram'],
      authextra,
      answer: () => ({ signature: '' }),
    }
    await expect(enter([await scram('wamp-scram')], auth)).rejects.toMatchObject(refused)
  })

  test('the password and the name are prepared, so two ways of typing them are one', async () => {
    const method = await scram('wamp-scram', { password: 'I\u00adX', authid: 'ⅸ'.normalize('NFKC') })
    const auth = scramAuth({ authid: 'ⅸ', password: 'Ⅸ' })
    expect(await enter([method], auth)).toMatchObject({ authid: 'ix' })
  })

  test('bound to the channel: the same data or nothing', async () => {
    const method = await scram('wamp-scram')
    const auth = (byte: number): ClientAuth =>
      scramAuth({ authid: 'joe', password: 'pencil', channel: { type: 'tls-exporter', data: seed(byte) } })
    const details = tls({ channelBindings: { 'tls-exporter': seed(1) } })
    expect(await enter([method], auth(1), details)).toMatchObject({ authmethod: 'wamp-scram' })
    await expect(enter([method], auth(2), details)).rejects.toMatchObject(refused)
  })

  test.each([
    { name: 'too few iterations', extra: { iterations: 100 } },
    { name: 'an unknown function', extra: { kdf: 'scrypt' } },
    { name: 'Argon2id for next to nothing', extra: { kdf: 'argon2id13', iterations: 1, memory: 8 } },
    { name: 'another nonce', extra: { nonce: 'AAAA' } },
    { name: 'no salt', extra: { salt: null } },
    { name: 'iterations without end', extra: { iterations: 1e12 } },
  ])('a client does not answer a challenge with $name', async ({ extra }) => {
    const auth = scramAuth({ authid: 'joe', password: 'pencil', argon2id })
    const nonce = `${String(auth.authextra?.['nonce'])}AAAA`
    const challenge = { nonce, salt: 'AAAAAAAAAAA=', kdf: 'pbkdf2', iterations: 4096, ...extra }
    await expect(Promise.resolve(auth.answer?.('wamp-scram', challenge))).rejects.toThrow()
  })

  test('a nonce is used once', async () => {
    const auth = scramAuth({ authid: 'joe', password: 'pencil' })
    const method = await scram('wamp-scram')
    await enter([method], auth)
    await expect(enter([method], auth)).rejects.toMatchObject(refused)
  })
})

describe('cryptosign', async () => {
  const [mine, yours, routers] = [await signingKey(seed(1)), await signingKey(seed(2)), await signingKey(seed(3))]
  const methods = [cryptosign({ device: mine.publicKey }, routers)]

  test('by public key alone, by authid, and by both', async () => {
    const expected = { ...joe, authid: 'device', authmethod: 'cryptosign' }
    expect(await enter(methods, cryptosignAuth({ key: mine }))).toEqual(expected)
    expect(await enter(methods, cryptosignAuth({ key: mine, authid: 'device' }))).toEqual(expected)
    const { authextra: _, ...unnamed } = cryptosignAuth({ key: mine, authid: 'device' })
    expect(await enter(methods, unnamed)).toEqual(expected)
  })

  test.each([
    { name: 'an unknown key', auth: cryptosignAuth({ key: yours }) },
    { name: 'an unknown key under a known authid', auth: cryptosignAuth({ key: yours, authid: 'device' }) },
    { name: 'a known key under another authid', auth: cryptosignAuth({ key: mine, authid: 'other' }) },
    {
      name: 'an unknown authid without a key',
      auth: { ...cryptosignAuth({ key: mine, authid: 'other' }), authextra: {} },
    },
    {
      name: 'somebody else’s public key',
      auth: { ...cryptosignAuth({ key: yours }), authextra: { pubkey: toHex(mine.publicKey) } },
    },
    { name: 'a malformed key', auth: { ...cryptosignAuth({ key: mine }), authextra: { pubkey: 'ff' } } },
    { name: 'neither key nor authid', auth: { ...cryptosignAuth({ key: mine }), authextra: {} } },
  ])('$name is refused', async ({ auth }) => {
    await expect(enter(methods, auth)).rejects.toMatchObject({ ...refused, args: [] })
  })

  test('a client that knows the router’s key accepts no other', async () => {
    const good = cryptosignAuth({ key: mine, routerKey: toHex(routers.publicKey).toUpperCase() })
    expect(await enter(methods, good)).toMatchObject({ authid: 'device' })
    const bad = (): ClientAuth => cryptosignAuth({ key: mine, routerKey: toHex(yours.publicKey) })
    await expect(enter(methods, bad())).rejects.toMatchObject(refused)
    await expect(enter([cryptosign({ device: mine.publicKey })], bad())).rejects.toMatchObject(refused)
  })

  test.each([
    { type: 'tls-exporter', data: seed(9) },
    { type: 'tls-unique', data: utf8('twelve bytes') },
  ])('bound to the channel by $type, both ways', async (channel) => {
    const auth = (data: Uint8Array): ClientAuth =>
      cryptosignAuth({ key: mine, routerKey: toHex(routers.publicKey), channel: { type: channel.type, data } })
    const details = tls({ channelBindings: { [channel.type]: channel.data } })
    expect(await enter(methods, auth(channel.data), details)).toMatchObject({ authid: 'device' })
    await expect(enter(methods, auth(seed(8)), details)).rejects.toMatchObject(refused)
    await expect(enter(methods, auth(channel.data))).rejects.toMatchObject(refused)
    const { authextra, ...rest } = auth(channel.data)
    await expect(
      enter(methods, { ...rest, authextra: { ...authextra, channel_binding: 'toString' } }, details),
    ).rejects.toMatchObject(refused)
  })

  test('an answer of other bytes, or of the wrong length, is refused', async () => {
    for (const signature of ['', 'zz', 'ff'.repeat(96), 'ff'.repeat(64)]) {
      const auth = { ...cryptosignAuth({ key: mine }), answer: () => ({ signature }) }
      await expect(enter(methods, auth)).rejects.toMatchObject(refused)
    }
    expect(fromHex('ff'.repeat(96))).toHaveLength(96)
  })
})

describe('of the transport', () => {
  const certificate = { isTrusted: true, commonName: 'joe', sha256: 'AA:BB' }
  const methods = [
    tlsMethod(({ commonName, isTrusted }) => (isTrusted && commonName === 'joe' ? { identity: joe } : null)),
    cookieMethod(({ transport }) => (transport['cookie'] === 'remembered' ? { identity: joe } : null)),
    anonymousMethod('guest'),
  ]

  test.each([
    { details: tls({ certificate }), authmethod: 'tls' },
    { details: tls({}), authmethod: 'anonymous' },
    { details: { cookie: 'remembered' }, authmethod: 'cookie' },
    { details: { cookie: 'other' }, authmethod: 'anonymous' },
    { details: {}, authmethod: 'anonymous' },
  ])('details of $authmethod', async ({ details, authmethod }) => {
    const auth = anyAuth(transportAuth('tls'), transportAuth('cookie'), anonymousAuth())
    expect((await enter(methods, auth, details)).authmethod).toBe(authmethod)
  })

  test('a certificate of nobody known is refused, not passed over', async () => {
    const details = tls({ certificate: { ...certificate, commonName: 'jim' } })
    await expect(enter(methods, transportAuth('tls'), details)).rejects.toMatchObject(refused)
  })
})

describe('two factors', () => {
  const ticket = ticketMethod((_hello, text) => (text === '123456' ? { identity: joe } : null))
  const other = ticketMethod(() => ({ identity: { ...joe, authid: 'jim' } }))
  const password = cra({ joe: { identity: joe, key: 'secret' } })

  test.each([
    { code: '123456', secret: 'secret', result: 'wampcra' },
    { code: '654321', secret: 'secret', result: refused.uri },
    { code: '123456', secret: 'wrong', result: refused.uri },
  ])('code $code and secret $secret: $result', async ({ code, secret, result }) => {
    const auth = anyAuth(craAuth({ authid: 'joe', secret }), ticketAuth(code))
    const outcome = await enter([bothOf(password, ticket)], auth).then(
      ({ authmethod }) => authmethod,
      (error: { uri: string }) => error.uri,
    )
    expect(outcome).toBe(result)
  })

  test('two factors of two principals are none', async () => {
    const auth = anyAuth(craAuth({ authid: 'joe', secret: 'secret' }), ticketAuth('x'))
    await expect(enter([bothOf(password, other)], auth)).rejects.toMatchObject(refused)
  })

  test('a factor that needs a certificate is not asked for without one', async () => {
    const both = bothOf(
      password,
      tlsMethod(() => ({ identity: joe })),
    )
    await expect(enter([both], craAuth({ authid: 'joe', secret: 'secret' }))).rejects.toMatchObject({
      uri: ERROR.noMatchingAuthMethod,
    })
  })
})
