import { maskKey, SluiceError } from '@sluice/model'
import type { OwnerPrincipal, SessionDocument } from '@sluice/model'
import { findAccount, findSealedKey, insertAudit, insertTicket } from '@sluice/store'
import type { Database } from '@sluice/store'
import { z } from 'zod'
import { parseBody } from '../parse-body.ts'
import { unauthorized } from '../problem.ts'
import { makeRateLimiter } from '../rate-limit.ts'
import type { RateLimiter } from '../rate-limit.ts'
import type { Answer, Route, RouteContext, SignedContext } from '../route.ts'
import type { KeyVault } from '../secrets.ts'
import type { SessionCookie } from '../session-cookie.ts'
import type { SignInGuard } from '../sign-in-guard.ts'
import type { AccountService, NewSession, Peer } from '../sessions.ts'
import { makeTicket, ticketHash } from '../tickets.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'
import { ownerOf, PASSWORD_CHARS_MAX, PasswordAgain } from './password-again.ts'

const TICKET_MS_MAX = 30_000
/** A page takes a ticket for each connection of its live view. */
const TICKET_RATE = { burst: 30, perSecond: 1 }

export type SessionRouteParts = {
  db: Database
  keys: KeyVault
  accounts: AccountService
  guard: SignInGuard
  cookie: SessionCookie
  /** where browsers join the bus; a port may be known only after listening */
  wampUrl(): string
  /** where MQTT clients connect, null where nothing listens for them */
  mqttUrl(): string | null
  onLogin(result: 'ok' | 'failed' | 'limited'): void
}
type Limits = { ticket: RateLimiter }

/** Signing in and out, and what only a person at the workbench may do. Cookies, JSON, same origin. */
export function sessionRoutes(parts: SessionRouteParts): Route[] {
  const limits: Limits = { ticket: makeRateLimiter(TICKET_RATE) }
  const small = { bodyBytesMax: BODY_NONE_BYTES }
  return [
    ...signInRoutes(parts),
    {
      ...small,
      who: 'principal',
      addresses: 'own-account',
      method: 'GET',
      path: '/v2/session',
      summary: 'Who is signed in, or which account an API key belongs to and where its realm is',
      handle: (context) => describeCaller(parts, context),
    },
    {
      ...small,
      who: 'owner',
      addresses: 'own-account',
      method: 'DELETE',
      path: '/v2/session',
      summary: 'Sign out',
      handle: async ({ principal }) => {
        await parts.accounts.signOut(ownerOf(principal))
        return { status: 200, headers: { 'Set-Cookie': parts.cookie.clear() } }
      },
    },
    {
      ...small,
      who: 'owner',
      addresses: 'own-account',
      method: 'POST',
      path: '/v2/session/ticket',
      summary: 'Get a ticket that opens your realm of the bus once, within 30 seconds',
      handle: (context) => issueTicket(parts, limits, context),
    },
    {
      ...small,
      who: 'owner',
      addresses: 'own-account',
      method: 'PUT',
      path: '/v2/session/password',
      summary: 'Change your password; your other sessions end',
      handle: (context) => changePassword(parts, context),
    },
    {
      ...small,
      method: 'POST',
      path: '/v2/keys/:key/reveal',
      summary: 'Show an API key again, after the password is given again',
      who: 'owner',
      addresses: 'key',
      handle: (context) => revealKey(parts, context),
    },
  ]
}

function signInRoutes(parts: SessionRouteParts): Route[] {
  const small = { bodyBytesMax: BODY_NONE_BYTES }
  return [
    {
      ...small,
      method: 'POST',
      path: '/v2/session',
      summary: 'Sign in with e-mail and password',
      who: 'anybody',
      handle: (context) => signIn(parts, context),
    },
    {
      ...small,
      method: 'POST',
      path: '/v2/session/link',
      summary: 'Sign in with a one-time link',
      who: 'anybody',
      handle: (context) => signInByLink(parts, context),
    },
  ]
}

const Credentials = z.object({ email: z.string().min(1).max(254), password: z.string().min(1).max(PASSWORD_CHARS_MAX) })
const Link = z.object({ token: z.string().min(1).max(128) })
const PasswordChange = z.object({
  current: z.string().min(1).max(PASSWORD_CHARS_MAX),
  next: z.string().min(1).max(1024),
})

async function signIn(parts: SessionRouteParts, context: RouteContext): Promise<Answer> {
  const peer = peerOf(context)
  const { email, password } = parseBody(Credentials, context)
  const name = `sign-in ${email.toLowerCase()}`
  const attempt = { address: peer.address, name }
  parts.guard.check(attempt)
  const session = await parts.accounts.signIn(email, password, peer)
  if (!session) {
    parts.guard.failed(name)
    throw new SluiceError('unauthorized', 'E-mail or password is wrong')
  }
  parts.guard.succeeded(attempt)
  return welcome(parts, session, peer, context)
}

async function signInByLink(parts: SessionRouteParts, context: RouteContext): Promise<Answer> {
  const peer = peerOf(context)
  const { token } = parseBody(Link, context)
  const attempt = { address: peer.address, name: 'link' }
  parts.guard.check(attempt)
  const session = await parts.accounts.signInByLink(token, peer)
  if (session) {
    parts.guard.succeeded(attempt)
    return welcome(parts, session, peer, context)
  }
  parts.onLogin('failed')
  throw new SluiceError('unauthorized', 'This link was used already or is older than an hour')
}

async function welcome(
  parts: SessionRouteParts,
  session: NewSession,
  peer: Peer,
  context: RouteContext,
): Promise<Answer> {
  parts.onLogin('ok')
  await audit(parts, session.principal, { action: 'session.begin', subject: 'session', address: peer.address })
  const document = await describe(parts, session.principal, context.publicUrl)
  return { status: 200, document, headers: { 'Set-Cookie': session.setCookie } }
}

async function issueTicket(parts: SessionRouteParts, limits: Limits, context: SignedContext): Promise<Answer> {
  const { accountId, login, sessionId } = ownerOf(context.principal)
  limits.ticket.take(accountId)
  const ticket = makeTicket()
  const expiresAt = new Date(Date.now() + TICKET_MS_MAX)
  await insertTicket(parts.db.pool, { hash: ticketHash(ticket), accountId, sessionId, expiresAt })
  return { status: 200, document: { ticket, realm: login, wamp_url: parts.wampUrl() } }
}

async function changePassword(parts: SessionRouteParts, context: SignedContext): Promise<Answer> {
  const peer = peerOf(context)
  const principal = ownerOf(context.principal)
  const { current, next } = parseBody(PasswordChange, context)
  await parts.guard.provePassword({ principal, password: current, address: peer.address })
  const session = await parts.accounts.changePassword(principal, next, peer)
  await audit(parts, principal, { action: 'password.change', subject: 'password', address: peer.address })
  return { status: 200, headers: { 'Set-Cookie': session.setCookie } }
}

async function revealKey(parts: SessionRouteParts, context: SignedContext): Promise<Answer> {
  const peer = peerOf(context)
  const principal = ownerOf(context.principal)
  const { password } = parseBody(PasswordAgain, context)
  const id = context.params['key'] ?? ''
  const sealed = /^[1-9]\d{0,14}$/.test(id) ? await findSealedKey(parts.db.pool, principal.accountId, Number(id)) : null
  await parts.guard.provePassword({ principal, password, address: peer.address })
  if (!sealed) throw new SluiceError('not_found', `Couldn't find Key with id = ${id}`)
  const key = parts.keys.open(sealed)
  await audit(parts, principal, { action: 'key.reveal', subject: `key ${id} ${maskKey(key)}`, address: peer.address })
  return { status: 200, document: { api_key: key } }
}

async function describe(
  parts: SessionRouteParts,
  { accountId, login }: OwnerPrincipal,
  publicUrl: string,
): Promise<SessionDocument> {
  const account = await findAccount(parts.db.pool, accountId)
  if (!account) throw unauthorized()
  const { email, name } = account
  return { ...addressOf(parts, login, publicUrl), email, name }
}

async function describeCaller(parts: SessionRouteParts, { principal, publicUrl }: SignedContext): Promise<Answer> {
  const document =
    principal.kind === 'owner'
      ? await describe(parts, principal, publicUrl)
      : addressOf(parts, principal.login, publicUrl)
  return { status: 200, document }
}

/** All that a key learns of its account: a device is not told who its owner is. */
function addressOf(
  parts: SessionRouteParts,
  login: string,
  publicUrl: string,
): Pick<SessionDocument, 'login' | 'realm' | 'wamp_url' | 'mqtt_url' | 'public_url'> {
  return { login, realm: login, wamp_url: parts.wampUrl(), mqtt_url: parts.mqttUrl(), public_url: publicUrl }
}

function audit(
  { db }: SessionRouteParts,
  { accountId }: OwnerPrincipal,
  entry: { action: string; subject: string; address: string },
): Promise<void> {
  return db.inTransaction((tx) => insertAudit(tx, { accountId, ...entry }))
}

function peerOf(context: RouteContext): Peer {
  return { address: context.remoteAddress, userAgent: (context.header('user-agent') ?? '').slice(0, 255) }
}
