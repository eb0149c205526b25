import { parseNewUserBody, parseUserBody, renderUser } from '@sluice/formats'
import { LIMITS, LOGIN, NotFoundError, SluiceError } from '@sluice/model'
import type { NewUser, Principal, User } from '@sluice/model'
import { createAccount, findUser, insertAudit, insertPassword, listUsers } from '@sluice/store'
import { bodyText } from '../body-text.ts'
import { clamped } from '../history-window.ts'
import { requireGoodPassword } from '../passwords.ts'
import { forbidden } from '../problem.ts'
import { removeUser } from '../remove-user.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { issueSignInLink, resetToSignInLink } from '../sign-in-link.ts'
import { updateUser } from '../update-user.ts'
import type { UserParts } from '../user-parts.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

const USER = '/v2/users/:login'

/** Users of API v2: administrators make and remove them; all others see and change themselves. */
export function userRoutes(parts: UserParts): Route[] {
  const small = { bodyBytesMax: BODY_NONE_BYTES }
  return [
    {
      ...small,
      who: 'master',
      addresses: 'own-account',
      method: 'GET',
      path: '/v2/users',
      summary: 'List all users, for administrators',
      handle: (context) => list(parts, context),
    },
    {
      ...small,
      who: 'master',
      addresses: 'own-account',
      method: 'POST',
      path: '/v2/users',
      summary: 'Create a user with an account and a realm; without a password a link to sign in with is answered',
      handle: (context) => create(parts, context),
    },
    {
      ...small,
      who: 'master',
      addresses: 'user',
      method: 'GET',
      path: USER,
      summary: 'Read yourself, or any user as an administrator',
      handle: (context) => read(parts, context),
    },
    {
      ...small,
      who: 'master',
      addresses: 'user',
      method: 'PUT',
      path: USER,
      summary: 'Change name, e-mail or password; administrators also roles',
      handle: (context) => update(parts, context),
    },
    {
      ...small,
      who: 'master',
      addresses: 'user',
      method: 'DELETE',
      path: USER,
      summary: 'Remove a user with everything in the account, for administrators',
      handle: (context) => remove(parts, context),
    },
    {
      ...small,
      who: 'recent-owner',
      addresses: 'user',
      method: 'POST',
      path: `${USER}/link`,
      summary: 'Take a user’s password away and get a link that signs them in once, for administrators',
      handle: (context) => renew(parts, context),
    },
  ]
}

async function list({ db }: UserParts, { principal, query }: SignedContext): Promise<Answer> {
  requireAdmin(await getSelf({ db }, principal))
  const users = await listUsers(db.pool, {
    page: clamped(query['page'], 1, Number.MAX_SAFE_INTEGER / LIMITS.usersPerPageMax),
    perPage: clamped(query['per_page'], LIMITS.usersPerPageMax, LIMITS.usersPerPageMax),
  })
  return { status: 200, document: { users: users.map((user) => renderUser(user)) } }
}

async function create(parts: UserParts, context: SignedContext): Promise<Answer> {
  const { principal, publicUrl } = context
  requireAdmin(await getSelf(parts, principal))
  const wanted = parseNewUserBody(bodyText(context.body))
  if (wanted.isAdmin && principal.kind !== 'owner') {
    throw forbidden('Only a person signed in to the workbench may make administrators')
  }
  if (parts.reservedLogins.includes(wanted.login)) {
    throw new SluiceError('conflict', `login is not available: ${wanted.login} is the name of a realm of the server`)
  }
  const link = await insertUser(parts, context, wanted)
  const location = `${publicUrl}/v2/users/${wanted.login}`
  return link === null ? { status: 201, location } : { status: 201, location, document: link }
}

/** @returns the way in for who got no password */
async function insertUser(
  { db, hasher }: UserParts,
  { principal, remoteAddress: address, publicUrl }: SignedContext,
  wanted: NewUser,
): Promise<object | null> {
  const { login, email, fullName: name, isAdmin, password } = wanted
  if (password !== null) requireGoodPassword(password, { login, email })
  const phc = password === null ? null : await hasher.hash(password)
  return db.inTransaction(async (tx) => {
    const { userId } = await createAccount(tx, { login, name, email, isAdmin })
    await insertAudit(tx, { accountId: principal.accountId, action: 'user.create', subject: `user ${login}`, address })
    if (phc === null) return issueSignInLink(tx, userId, publicUrl)
    await insertPassword(tx, userId, phc)
    return null
  })
}

async function read(parts: UserParts, context: SignedContext): Promise<Answer> {
  const { self, user } = await getUser(parts, context)
  return { status: 200, document: { user: renderUser(user, { self: user.accountId === self.accountId }) } }
}

async function update(parts: UserParts, context: SignedContext): Promise<Answer> {
  const patch = parseUserBody(bodyText(context.body))
  const { self, user } = await getUser(parts, context)
  const setCookie = await updateUser(parts, context, { self, user, patch })
  return { status: 200, ...(setCookie !== null && { headers: { 'Set-Cookie': setCookie } }) }
}

async function remove(parts: UserParts, context: SignedContext): Promise<Answer> {
  const { self, user } = await getUser(parts, context)
  requireAdmin(self)
  await removeUser(parts, context, user)
  return { status: 200 }
}

async function renew({ db }: UserParts, context: SignedContext): Promise<Answer> {
  const { self, user } = await getUser({ db }, context)
  requireAdmin(self)
  if (user.accountId === self.accountId) throw forbidden('You are signed in: change your own password instead')
  const { principal, remoteAddress: address, publicUrl } = context
  const document = await db.inTransaction(async (tx) => {
    const subject = `user ${user.login}`
    await insertAudit(tx, { accountId: principal.accountId, action: 'user.link', subject, address })
    return resetToSignInLink(tx, user.accountId, publicUrl)
  })
  return { status: 200, document }
}

function requireAdmin({ isAdmin }: User): void {
  if (!isAdmin) throw forbidden('Only an administrator may do this')
}

async function getSelf({ db }: Pick<UserParts, 'db'>, { accountId, login }: Principal): Promise<User> {
  const self = await findUser(db.pool, { accountId })
  if (!self) throw noUser(login)
  return self
}

/** @throws {SluiceError} `not_found` for a missing user, and for any other than oneself to who is no administrator */
async function getUser(
  { db }: Pick<UserParts, 'db'>,
  { principal, params }: SignedContext,
): Promise<{ self: User; user: User }> {
  const login = params['login'] ?? ''
  const self = await getSelf({ db }, principal)
  if (login === self.login) return { self, user: self }
  const user = self.isAdmin && LOGIN.test(login) ? await findUser(db.pool, { login }) : null
  if (!user) throw noUser(login)
  return { self, user }
}

const noUser = (login: string): NotFoundError => new NotFoundError(`User with login = ${login}`)
