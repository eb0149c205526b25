import { z } from 'zod'
import type { Secret } from './secret-config.ts'

const AUTHID_LENGTH_MAX = 255
export const AuthId = z.string().min(1).max(AUTHID_LENGTH_MAX)
export const RoleName = z
  .string()
  .regex(/^[A-Za-z0-9_.@-]{1,64}$/, 'must be a name of 1 to 64 of A-Z, a-z, 0-9, _, ., @ and -')
  .refine((name) => name !== 'trusted', 'trusted is the role of the bus itself')
const Hex = (bytes: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9A-Fa-f]{${bytes * 2}}$`), `must be ${bytes} bytes in hexadecimal`)
const Salt = z.string().regex(/^([0-9A-Fa-f]{2}){8,64}$/, 'must be 8 to 64 bytes in hexadecimal')

/** Asked for each authentication: a procedure, in the realm that is joined or another one of this configuration. */
export const DynamicAuth = z.strictObject({
  procedure: z.string().min(1).max(1024),
  realm: z.string().min(1).exactOptional(),
})
export type DynamicAuth = z.infer<typeof DynamicAuth>

/** Another method that has to succeed, too, for the same authid. It is then not offered by itself. */
const second = z.enum(['ticket', 'wampcra', 'wamp-scram', 'cryptosign', 'tls']).exactOptional()

const cra = (secret: Secret) =>
  z
    .strictObject({
      role: RoleName,
      secret,
      salt: z.string().min(8).max(255).exactOptional(),
      iterations: z.int().min(1000).max(5_000_000).exactOptional(),
      keylen: z.int().min(16).max(64).exactOptional(),
    })
    .refine(
      ({ salt, iterations, keylen }) => salt !== undefined || (iterations === undefined && keylen === undefined),
      'iterations and keylen are for salted secrets: give a salt, and as secret the derived key',
    )

/** Keys as Crossbar and Autobahn's `derive_scram_credential` write them. `argon2id-13` is for method `scram` only. */
const scramKeys = z
  .strictObject({
    role: RoleName,
    kdf: z.enum(['pbkdf2', 'argon2id13', 'argon2id-13']),
    salt: Salt,
    iterations: z.int().min(1).max(5_000_000),
    memory: z
      .int()
      .min(8)
      .max(2 ** 20)
      .exactOptional(),
    'stored-key': Hex(32),
    'server-key': Hex(32),
  })
  .refine(
    ({ kdf, memory }) => (kdf === 'pbkdf2') === (memory === undefined),
    'memory is for argon2id, and needed there',
  )

/** The keys are derived at start. */
const scramPassword = (secret: Secret) =>
  z.strictObject({
    role: RoleName,
    password: secret,
    kdf: z.enum(['pbkdf2', 'argon2id']).default('argon2id'),
    iterations: z.int().min(1).max(5_000_000).exactOptional(),
    memory: z
      .int()
      .min(64)
      .max(2 ** 20)
      .exactOptional(),
  })

const users = <Entry extends z.ZodType>(entry: Entry) => z.record(AuthId, entry)

/** What a realm accepts: one entry for each method that it offers. */
export function authSchema(secret: Secret) {
  return z.strictObject({
    anonymous: z.union([z.strictObject({ role: RoleName }), DynamicAuth]).exactOptional(),
    ticket: z
      .union([
        z.strictObject({ principals: users(z.strictObject({ role: RoleName, ticket: secret })), second }),
        DynamicAuth,
      ])
      .exactOptional(),
    wampcra: z.union([z.strictObject({ users: users(cra(secret)), second }), DynamicAuth]).exactOptional(),
    scram: z
      .union([z.strictObject({ users: users(z.union([scramKeys, scramPassword(secret)])), second }), DynamicAuth])
      .exactOptional(),
    cryptosign: z
      .union([
        z.strictObject({
          principals: users(z.strictObject({ role: RoleName, authorized_keys: z.array(Hex(32)).min(1).max(16) })),
          /** The router's own private key, for clients that ask the router to authenticate. */
          routerKey: secret.pipe(Hex(32)).exactOptional(),
          second,
        }),
        z.strictObject({ ...DynamicAuth.shape, routerKey: secret.pipe(Hex(32)).exactOptional() }),
      ])
      .exactOptional(),
    tls: z
      .union([
        z.strictObject({
          principals: users(
            z
              .strictObject({
                role: RoleName,
                /** Of certificates, which a CA of the listener need not have signed. */
                sha256: z.array(Hex(32)).min(1).max(16).exactOptional(),
                /** Of a certificate that a CA of the listener has signed. */
                commonName: z.string().min(1).max(255).exactOptional(),
              })
              .refine(
                ({ sha256, commonName }) => (sha256 === undefined) !== (commonName === undefined),
                'give either sha256 or commonName',
              ),
          ),
          second,
        }),
        DynamicAuth,
      ])
      .exactOptional(),
    /** Browsers that authenticated by another method are known again by a cookie. */
    cookie: z
      .strictObject({
        maxAgeS: z
          .int()
          .min(60)
          .max(366 * 86_400)
          .default(7 * 86_400),
      })
      .exactOptional(),
  })
}
export type AuthConfig = z.infer<ReturnType<typeof authSchema>>
export type MethodName = keyof AuthConfig
