import { formatSeconds, LIMITS, LOGIN, type NewUser, type User, type UserDocument, type UserPatch } from '@sluice/model'
import { z } from 'zod'
import { asHash, listOf, parseHash, type Input } from './body.ts'
import { refuseAny, type Problems } from './problems.ts'
import { isMissing, readText } from './scalars.ts'

type UserInput = Input<
  'login' | 'email' | 'full_name' | 'first_name' | 'last_name' | 'password' | 'current_password' | 'roles'
>

const EMAIL_CHARS_MAX = 254
/** More than a good password may have; which ones are good the api says. */
const PASSWORD_CHARS_MAX = 1024
/** What the sign-in takes for an address. */
const Email = z.email()

/**
 * Body of POST /v2/users: `{"user":{"login","email","full_name"?,"password"?,"roles"?}}`; the wrapper may be missing, and
 * `first_name` and `last_name` may stand for the full name (API v2).
 * @throws {SluiceError} `invalid` or `unprocessable`
 */
export function parseNewUserBody(text: string): NewUser {
  const input = userOf(text)
  const problems: Problems = []
  const login = readText(input.login, 'login', LIMITS.labelCharsMax, problems)
  if (isMissing(login)) problems.push("login can't be blank")
  else if (!LOGIN.test(login)) problems.push(LOGIN_PROBLEM)
  const patch = readUser(input, problems)
  if (isMissing(input.email)) problems.push("email can't be blank")
  refuseAny(problems)
  const { fullName = login, email, password, isAdmin } = patch
  return {
    login: login ?? '',
    email: email ?? '',
    fullName: fullName ?? '',
    isAdmin: isAdmin ?? false,
    password: password ?? null,
  }
}

const LOGIN_PROBLEM =
  'login is invalid (3 to 63 of a-z, 0-9, _ and -, the first a letter: it is also the name of the realm)'

/** Body of PUT /v2/users/LOGIN: any of them but the login; `null` means not supplied. */
export function parseUserBody(text: string): UserPatch {
  const problems: Problems = []
  const patch = readUser(userOf(text), problems)
  refuseAny(problems)
  return patch
}

function userOf(text: string): UserInput {
  const body: Input<'user'> = parseHash(text)
  const user: UserInput = isMissing(body.user) ? body : asHash(body.user)
  return user
}

function readUser(input: UserInput, problems: Problems): UserPatch {
  const patch: UserPatch = {}
  const fullName = readName(input, problems)
  if (fullName !== undefined && fullName.trim() === '') problems.push("full_name can't be blank")
  else if (fullName !== undefined) patch.fullName = fullName
  if (!isMissing(input.email)) {
    const email = readText(input.email, 'email', EMAIL_CHARS_MAX, problems)
    if (email !== undefined && !Email.safeParse(email).success) problems.push('email is not an e-mail address')
    else if (email !== undefined) patch.email = email
  }
  const password = readText(input.password, 'password', PASSWORD_CHARS_MAX, problems)
  if (password) patch.password = password
  const current = readText(input.current_password, 'current_password', PASSWORD_CHARS_MAX, problems)
  if (current) patch.currentPassword = current
  const isAdmin = readRoles(input.roles, problems)
  if (isAdmin !== undefined) patch.isAdmin = isAdmin
  return patch
}

function readName(input: UserInput, problems: Problems): string | undefined {
  const full = readText(input.full_name, 'full_name', LIMITS.labelCharsMax, problems)
  if (full !== undefined) return full
  const first = readText(input.first_name, 'first_name', LIMITS.labelCharsMax / 3, problems)
  const last = readText(input.last_name, 'last_name', LIMITS.labelCharsMax / 3, problems)
  return [first, last].filter((name) => name).join(' ') || undefined
}

function readRoles(input: unknown, problems: Problems): boolean | undefined {
  const roles = listOf(input, 'roles')
  if (!roles) return undefined
  if (roles.length === 1 && (roles[0] === 'admin' || roles[0] === 'user')) return roles[0] === 'admin'
  problems.push('roles is not valid (["admin"] or ["user"])')
  return undefined
}

/** @param shown.self tells the user also whether there is a password yet */
export function renderUser(user: User, shown: { self: boolean } = { self: false }): UserDocument {
  return {
    login: user.login,
    email: user.email,
    full_name: user.fullName,
    roles: [user.isAdmin ? 'admin' : 'user'],
    created_at: formatSeconds(user.createdAt),
    ...(shown.self && { has_password: user.hasPassword }),
  }
}
