import type { BetterAuthOptions } from 'better-auth'
import type { AccountParts } from './sessions.ts'

/** The peer's address travels to better-auth in a header of our own: inbound forwarded headers never reach it. */
export const PEER_HEADER = 'x-sluice-peer'
const IDLE_S_MAX = 7 * 86_400
const REFRESH_S = 86_400

/**
 * better-auth, narrowed: e-mail and password, sessions in the database, nothing else. No plugins, no sign-up, no cookie
 * cache (a signed-out session must be gone at once), no limiter of its own (it trusts forwarded headers; ours stands in
 * front), our Argon2id instead of its scrypt, a fixed base URL. Its HTTP routes are not mounted: only its functions are
 * called. Session tokens stand in the database in clear, but a cookie is worth nothing without its HMAC under a secret
 * that is not there.
 */
export async function openEngine(parts: AccountParts) {
  const { betterAuth } = await import('better-auth')
  const auth = betterAuth(engineOptions(parts))
  const { internalAdapter, adapter } = await auth.$context
  return { api: auth.api, internalAdapter, adapter }
}
export type Engine = Awaited<ReturnType<typeof openEngine>>

function engineOptions({ db, hasher, cookie, secret, origin }: AccountParts) {
  return {
    appName: 'Sluice',
    baseURL: origin(),
    trustedOrigins: [origin()],
    secret,
    database: db.pool,
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      autoSignIn: false,
      minPasswordLength: 12,
      maxPasswordLength: 128,
      password: {
        hash: (password) => hasher.hash(password),
        verify: ({ hash, password }) => hasher.verify(hash, password),
      },
    },
    user: {
      modelName: 'auth_user',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: { accountId: { type: 'number', fieldName: 'account_id', required: true, input: false } },
    },
    session: {
      modelName: 'auth_session',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      expiresIn: IDLE_S_MAX,
      updateAge: REFRESH_S,
      cookieCache: { enabled: false },
    },
    account: {
      modelName: 'auth_credential',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      accountLinking: { enabled: false },
    },
    verification: {
      modelName: 'auth_verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      // the prefix that better-auth knows is __Secure-; ours is stricter, so it gets the whole name
      useSecureCookies: false,
      cookies: { session_token: { name: cookie.name, attributes: { secure: cookie.isSecure } } },
      ipAddress: { ipAddressHeaders: [PEER_HEADER] },
    },
  } satisfies BetterAuthOptions
}

/** Whether better-auth refused what it was given: wrong password, unknown or malformed address. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return error.statusCode === 400 || error.statusCode === 401 || error.statusCode === 403
}
