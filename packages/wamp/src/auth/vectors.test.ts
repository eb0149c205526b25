import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../binary/base64.ts'
import { fromHex, toHex, utf8 } from './bytes.ts'
import { deriveCraKey, signCra } from './cra.ts'
import { isCryptosigned, signCryptosign } from './cryptosign.ts'
import { WIRE, authMessage, clientProof, recoveredKey, saltPassword, scramKeys } from './scram.ts'
import { hmac, pbkdf2, signingKey } from './web-crypto.ts'

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()

test('SCRAM-SHA-256: the exchange of RFC 7677, section 3', async () => {
  const salt = fromBase64('W22ZaJ0SNY7soEsUEjb6gQ==') ?? new Uint8Array()
  const salted = await saltPassword('pencil', { kdf: 'pbkdf2', salt, iterations: 4096 }, { dialect: 'wamp-scram' })
  const clientNonce = 'rOprNGfwEbeRWgbNEkqO'
  const exchange = {
    authid: 'user',
    clientNonce,
    nonce: `${clientNonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`,
    salt,
    iterations: 4096,
    binding: null,
  }
  const message = authMessage(exchange, 'wamp-scram')
  const proof = await clientProof(salted, message)
  expect(toBase64(proof)).toBe('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=')
  const { storedKey, serverKey } = await scramKeys(salted)
  expect(await recoveredKey(proof, storedKey, message)).toEqual(storedKey)
  expect(toBase64(await hmac(serverKey, message))).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
})

test('AuthMessage of both dialects', () => {
  const exchange = {
    authid: 'a=b,c',
    clientNonce: 'AA==',
    nonce: 'AA==BB==',
    salt: Uint8Array.of(1),
    iterations: 7,
    binding: null,
  }
  const text = (message: Uint8Array): string => String.fromCharCode(...message)
  expect(text(authMessage(exchange, 'wamp-scram'))).toBe('n=a=3Db=2Cc,r=AA==,r=AA==BB==,s=AQ==,i=7,c=biws,r=AA==BB==')
  expect(text(authMessage(exchange, 'scram'))).toBe('n=a=b,c,r=AA==,r=AA==BB==,s=AQ==,i=7,c=,r=AA==BB==')
  const bound = { ...exchange, authid: 'x', binding: { type: 'tls-unique', data: utf8('id') } }
  expect(text(authMessage(bound, 'wamp-scram'))).toContain(`c=${toBase64(utf8('p=tls-unique,,id'))},`)
})

test('Autobahn makes keys of Argon2’s output as base64 text without padding, the specification of its bytes', async () => {
  const hash = Uint8Array.from({ length: 32 }, () => 0xff)
  const cost = { kdf: 'argon2id', salt: Uint8Array.of(1), iterations: 1, memoryKiB: 64 } as const
  const argon2id = (): Promise<Uint8Array> => Promise.resolve(hash)
  expect(await saltPassword('p', cost, { dialect: 'wamp-scram', argon2id })).toEqual(hash)
  expect(await saltPassword('p', cost, { dialect: 'scram', argon2id })).toEqual(utf8(`${'/'.repeat(42)}8`))
  expect([WIRE['wamp-scram'].kdf.argon2id, WIRE.scram.kdf.argon2id]).toEqual(['argon2id13', 'argon2id-13'])
  await expect(saltPassword('p', cost, { dialect: 'scram' })).rejects.toThrow(RangeError)
  await expect(saltPassword('\u0007', cost, { dialect: 'wamp-scram', argon2id })).rejects.toThrow(TypeError)
})

// widely published for PBKDF2-HMAC-SHA-256
test.each([
  [1, '120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b'],
  [4096, 'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a'],
])('PBKDF2 with %s iterations', async (iterations, hex) => {
  const derived = await pbkdf2(utf8('password'), { salt: utf8('salt'), iterations, length: 32 })
  expect(toHex(derived)).toBe(hex)
  expect(await deriveCraKey('password', { salt: 'salt', iterations, keylen: 32 })).toBe(toBase64(bytes(hex)))
})

test.each([0, 0.5, 1e9])('PBKDF2 with %s iterations is refused', async (iterations) => {
  await expect(pbkdf2(utf8('p'), { salt: utf8('s'), iterations, length: 32 })).rejects.toThrow(RangeError)
})

// RFC 4231, test case 2
test('WAMP-CRA signs with HMAC-SHA-256', async () => {
  const expected = toBase64(bytes('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'))
  expect(await signCra('Jefe', 'what do ya want for nothing?')).toBe(expected)
})

// Advanced Profile, "Cryptosign-based Authentication", the six test vectors
const KEYS = {
  a: '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
  b: 'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd',
  c: '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b',
}
const CHALLENGES = {
  a: 'ff'.repeat(32),
  b: 'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
  c: 'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
}
const CHANNEL = '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff'

test.each([
  [
    'a',
    null,
    'b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0cae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03',
  ],
  [
    'b',
    null,
    'd4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660f',
  ],
  [
    'c',
    null,
    '7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1ec184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30b',
  ],
  [
    'a',
    CHANNEL,
    '9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f',
  ],
  [
    'b',
    CHANNEL,
    '305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a427c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01',
  ],
  [
    'c',
    CHANNEL,
    'ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608',
  ],
] as const)('cryptosign vector %s over channel %s', async (name, channel, signature) => {
  const key = await signingKey(bytes(KEYS[name]))
  const challenge = bytes(CHALLENGES[name])
  const channelId = channel === null ? null : bytes(channel)
  const message = channelId === null ? challenge : challenge.map((byte, i) => byte ^ (channelId[i] ?? 0))
  const answer = await signCryptosign(key, challenge, channelId)
  expect(answer).toBe(signature + toHex(message))
  expect(await isCryptosigned(answer, [key.publicKey], message)).toBe(true)
  expect(await isCryptosigned(answer.toUpperCase(), [key.publicKey], message)).toBe(true)
})

test('a signature of something else, by somebody else, cut short or of no point of the curve is wrong', async () => {
  const [key, other] = [await signingKey(bytes(KEYS.a)), await signingKey(bytes(KEYS.b))]
  const challenge = bytes(CHALLENGES.b)
  const answer = await signCryptosign(key, challenge)
  expect(await isCryptosigned(answer, [key.publicKey], bytes(CHALLENGES.c))).toBe(false)
  expect(await isCryptosigned(answer, [other.publicKey], challenge)).toBe(false)
  expect(await isCryptosigned(answer.slice(0, -2), [key.publicKey], challenge)).toBe(false)
  expect(await isCryptosigned('', [key.publicKey], challenge)).toBe(false)
  expect(await isCryptosigned(answer, [bytes('ff'.repeat(32))], challenge)).toBe(false)
  expect(await isCryptosigned(answer, [other.publicKey, key.publicKey], challenge)).toBe(true)
})
