import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { sign as signByKey } from 'wampy/cryptosign.js'
import { deriveKey, sign as signBySecret, signManual } from 'wampy/wampcra.js'
import { afterAll, expect, test } from 'vitest'
import { parseRealmConfig } from '../src/index.ts'
import { openLab } from './lab.ts'
import { type WampyOptions, openWampy } from './peers/wampy.ts'

/** Ed25519 from a seed: PKCS #8 with its 16 octets of head (RFC 8410). */
const seed = createHash('sha256').update('a key of this test').digest()
const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
const pubkey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')

const SALTING = { salt: 'salt of ann', iterations: 1200, keylen: 32 }
const { realms } = parseRealmConfig(
  JSON.stringify({
    realms: [
      {
        name: 'com.example',
        roles: [{ name: 'member' }, { name: 'guest' }],
        auth: {
          anonymous: { role: 'guest' },
          ticket: { principals: { joe: { role: 'member', ticket: 'secret of joe' } } },
          wampcra: {
            users: {
              joe: { role: 'member', secret: 'secret of joe' },
              // what wampy derives is what the router is to know, and the secret it is not
              ann: { role: 'member', secret: await deriveKey('secret of ann', SALTING.salt, 1200, 32), ...SALTING },
            },
          },
          cryptosign: { principals: { joe: { role: 'member', authorized_keys: [pubkey] } } },
        },
      },
    ],
  }),
  { env: {}, readFile: () => '' },
)
const lab = await openLab({ realms })
afterAll(async () => await lab[Symbol.asyncDispose]())

const enter = async (options: WampyOptions): Promise<Record<string, unknown>> => {
  const { wampy, welcome } = await openWampy(lab.url, { realm: 'com.example', ...options })
  await wampy.disconnect()
  return welcome
}
type Answer = NonNullable<WampyOptions['onChallenge']>
// the types of the plugins ask for more than the type of the option promises
const signWithKey = (key: string): Answer => signByKey(key) as unknown as Answer
const signWithSecret = (secret: string): Answer => signBySecret(secret) as unknown as Answer
const seedHex = seed.toString('hex')
const joe = { authid: 'joe' }
const ann = { authid: 'ann' }
const wrongKey = signWithKey('00'.repeat(32))
const manually: Answer = (_method, extra) => signManual('secret of joe', String(extra['challenge']))

const JOINING: readonly { name: string; method: string; options: WampyOptions }[] = [
  { name: 'a ticket', method: 'ticket', options: { ...joe, onChallenge: () => 'secret of joe' } },
  { name: 'WAMP-CRA', method: 'wampcra', options: { ...joe, onChallenge: signWithSecret('secret of joe') } },
  { name: 'WAMP-CRA, by hand', method: 'wampcra', options: { ...joe, onChallenge: manually } },
  { name: 'WAMP-CRA, salted', method: 'wampcra', options: { ...ann, onChallenge: signWithSecret('secret of ann') } },
  {
    name: 'cryptosign',
    method: 'cryptosign',
    options: { ...joe, authextra: { pubkey }, onChallenge: signWithKey(seedHex) },
  },
  {
    name: 'cryptosign with a key of 64 octets',
    method: 'cryptosign',
    options: { ...joe, authextra: { pubkey }, onChallenge: signWithKey(`${seedHex}${pubkey}`) },
  },
]
test.each(JOINING)('wampy joins with $name', async ({ method, options }) => {
  expect(await enter({ ...options, authmethods: [method] })).toMatchObject({
    realm: 'com.example',
    authid: options.authid,
    authrole: 'member',
    authmethod: method,
  })
})

test('wampy joins without a name as a guest', async () => {
  expect(await enter({})).toMatchObject({ authrole: 'guest', authmethod: 'anonymous' })
})

test.each(['ticket', 'wampcra', 'cryptosign'])('wampy answers whatever it is asked, here: %s', async (first) => {
  const welcome = await enter({
    ...joe,
    authMode: 'auto',
    // the first of the client's that the realm has
    authmethods: ['nonesuch', first, 'ticket', 'wampcra', 'cryptosign'],
    authextra: { pubkey },
    authPlugins: {
      ticket: () => 'secret of joe',
      wampcra: signWithSecret('secret of joe'),
      cryptosign: signWithKey(seedHex),
    },
  })
  expect(welcome).toMatchObject({ authid: 'joe', authmethod: first })
})

const REFUSED: readonly { name: string; options: WampyOptions; error: string }[] = [
  {
    name: 'a wrong ticket',
    options: { ...joe, authmethods: ['ticket'], onChallenge: () => 'wrong' },
    error: 'authentication_failed',
  },
  {
    name: 'a wrong secret',
    options: { ...joe, authmethods: ['wampcra'], onChallenge: signWithSecret('wrong') },
    error: 'authentication_failed',
  },
  {
    name: 'a wrong secret, salted',
    options: { ...ann, authmethods: ['wampcra'], onChallenge: signWithSecret('wrong') },
    error: 'authentication_failed',
  },
  {
    name: 'a name that is unknown',
    options: { authid: 'eve', authmethods: ['wampcra'], onChallenge: signWithSecret('secret of joe') },
    error: 'authentication_failed',
  },
  {
    name: 'a wrong key',
    options: { ...joe, authmethods: ['cryptosign'], authextra: { pubkey }, onChallenge: wrongKey },
    error: 'authentication_failed',
  },
  {
    name: 'no method that the realm has',
    options: { ...joe, authmethods: ['scram'], onChallenge: () => '' },
    error: 'no_matching_auth_method',
  },
]
test.each(REFUSED)('wampy with $name is refused', async ({ options, error }) => {
  await expect(enter(options)).rejects.toMatchObject({ errorUri: `wamp.error.${error}` })
})
