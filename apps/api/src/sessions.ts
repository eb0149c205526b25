import { SluiceError } from '@sluice/model'
import type { OwnerPrincipal } from '@sluice/model'
import { findAccount, insertPassword } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { SignedIn } from './auth.ts'
import { isRefusal, openEngine, PEER_HEADER } from './auth-engine.ts'
import type { Engine } from './auth-engine.ts'
import type { PasswordHasher } from './passwords.ts'
import { requireGoodPassword } from './passwords.ts'
import { linkIdentifier } from './sign-in-link.ts'
import { SESSION_S_MAX } from './session-cookie.ts'
import type { SessionCookie } from './session-cookie.ts'

export type Peer = { address: string; userAgent: string }
/** `setCookie` is the header that makes the browser keep the session. */
export type NewSession = { principal: OwnerPrincipal; setCookie: string }

/** Accounts and sessions of people. The one module that knows better-auth: another could take its place. */
export type AccountService = {
  /** @returns null for a wrong address or password, after the same time either way */
  signIn(email: string, password: string, peer: Peer): Promise<NewSession | null>
  /** uses a one-time link up; null when it is unknown, used or older than an hour */
  signInByLink(token: string, peer: Peer): Promise<NewSession | null>
  /** the session of a Cookie header, null when there is none that is valid: ≤ 7 days idle, ≤ 30 days old */
  findSession(cookies: string): Promise<SignedIn | null>
  /** whether this is the password of the person signed in */
  isPassword(principal: OwnerPrincipal, password: string): Promise<boolean>
  /**
   * Changes the password, or sets the first one; ends all sessions of the person and begins a new one.
   * @throws {SluiceError} `unprocessable` for a weak password
   */
  changePassword(principal: OwnerPrincipal, next: string, peer: Peer): Promise<NewSession>
  /** ends the session, its tickets with it */
  signOut(principal: OwnerPrincipal): Promise<void>
}

export type AccountParts = {
  db: Database
  hasher: PasswordHasher
  cookie: SessionCookie
  secret: string
  origin(): string
}

export function makeAccountService(parts: AccountParts): AccountService {
  const { hasher, cookie, db } = parts
  const engine = openLate(parts)
  const owners = makeOwners(db)

  const begin = async (userId: string, { address, userAgent }: Peer): Promise<NewSession> => {
    const { internalAdapter } = await engine()
    const user = await internalAdapter.findUserById(userId)
    if (!user) throw new Error('the user of a new session is gone')
    const session = await internalAdapter.createSession(userId, false, { ipAddress: address, userAgent })
    const principal = await owners.of(accountIdOf(user), session.id)
    return { principal, setCookie: cookie.issue(session.token) }
  }

  return {
    async signIn(email, password, peer) {
      const { api, internalAdapter } = await engine()
      const headers = new Headers({ 'user-agent': peer.userAgent, [PEER_HEADER]: peer.address })
      const signed = await api.signInEmail({ body: { email, password }, headers }).catch(nullIfRefused)
      const found = signed && (await internalAdapter.findSession(signed.token))
      if (!found) return null
      const principal = await owners.of(accountIdOf(found.user), found.session.id)
      return { principal, setCookie: cookie.issue(found.session.token) }
    },
    async signInByLink(token, peer) {
      const { internalAdapter } = await engine()
      const link = await internalAdapter.consumeVerificationValue(linkIdentifier(token))
      return link ? begin(link.value, peer) : null
    },
    async findSession(cookies) {
      if (!cookies.includes(`${cookie.name}=`)) return null
      const { api, internalAdapter } = await engine()
      const found = await api.getSession({ headers: new Headers({ cookie: cookies }) })
      if (!found) return null
      const beganAt = new Date(found.session.createdAt).getTime()
      if (Date.now() - beganAt > SESSION_S_MAX * 1000) {
        await internalAdapter.deleteSession(found.session.token)
        return null
      }
      const principal = await owners.of(accountIdOf(found.user), found.session.id)
      return { principal, provenAt: beganAt }
    },
    async isPassword(principal, password) {
      const { internalAdapter } = await engine()
      const accounts = await internalAdapter.findAccounts(await userIdOf(await engine(), principal))
      const credential = accounts.find(({ providerId }) => providerId === 'credential')
      return credential?.password ? hasher.verify(credential.password, password) : false
    },
    async changePassword(principal, next, peer) {
      const { internalAdapter } = await engine()
      const account = await findAccount(db.pool, principal.accountId)
      if (!account) throw new SluiceError('unauthorized', 'The account is gone')
      requireGoodPassword(next, account)
      const userId = await userIdOf(await engine(), principal)
      const phc = await hasher.hash(next)
      // who came by a link has none yet
      const credentials = await internalAdapter.findAccounts(userId)
      if (credentials.length > 0) await internalAdapter.updatePassword(userId, phc)
      else await db.inTransaction((tx) => insertPassword(tx, userId, phc))
      await internalAdapter.deleteUserSessions(userId)
      return begin(userId, peer)
    },
    async signOut({ sessionId }) {
      const { adapter } = await engine()
      await adapter.delete({ model: 'session', where: [{ field: 'id', value: sessionId }] })
    },
  }
}

/** Opened when first needed: 40 MB and a third of a second that a server nobody signs in to does not pay. */
function openLate(parts: AccountParts): () => Promise<Engine> {
  let opened: Promise<Engine> | null = null
  return () => {
    opened ??= openEngine(parts).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
}

function nullIfRefused(error: unknown): null {
  if (isRefusal(error)) return null
  throw error
}

/** @throws {SluiceError} `unauthorized` when the session has just ended */
async function userIdOf({ adapter }: Engine, { sessionId }: OwnerPrincipal): Promise<string> {
  const where = [{ field: 'id', value: sessionId }]
  const session = await adapter.findOne<{ userId: string }>({ model: 'session', where })
  if (!session) throw new SluiceError('unauthorized', 'The session has ended')
  return session.userId
}

/** Our own column of better-auth's user: which account the person belongs to. */
function accountIdOf(user: object): number {
  const accountId = 'accountId' in user ? user.accountId : null
  if (typeof accountId !== 'number') throw new TypeError('a user without an account')
  return accountId
}

/** Logins never change, so each is read once. */
function makeOwners(db: Database): { of(accountId: number, sessionId: string): Promise<OwnerPrincipal> } {
  const logins = new Map<number, string>()
  return {
    async of(accountId, sessionId) {
      const login = logins.get(accountId) ?? (await findAccount(db.pool, accountId))?.login
      if (login === undefined) throw new SluiceError('unauthorized', 'The account is gone')
      logins.set(accountId, login)
      return { kind: 'owner', accountId, login, sessionId }
    },
  }
}
