import { SluiceError } from '@sluice/model'
import type { OwnerPrincipal, User, UserPatch } from '@sluice/model'
import { insertAudit, updateUser as storeUser } from '@sluice/store'
import { requireGoodPassword } from './passwords.ts'
import { forbidden } from './problem.ts'
import type { SignedContext } from './route.ts'
import type { UserParts } from './user-parts.ts'

type Change = { self: User; user: User; patch: UserPatch }

/**
 * Changes a user. The name may be changed with a master key; e-mail, password and role only by a person who is signed
 * in, because a key that leaked must not take the account over. One's own e-mail and password ask for the password that
 * was, where there is one.
 * @returns the header of the new session after a change of password
 * @throws {SluiceError} `forbidden`, `unprocessable`; `conflict`: the e-mail is taken, or no administrator would be left
 */
export async function updateUser(
  parts: UserParts,
  context: SignedContext,
  { self, user, patch: sent }: Change,
): Promise<string | null> {
  const patch = changesOf(user, sent)
  const { email, password, isAdmin } = patch
  const isSelf = user.accountId === self.accountId
  const owner = email !== undefined || password !== undefined || isAdmin !== undefined ? ownerOf(context) : null
  if (isAdmin !== undefined && !self.isAdmin) throw forbidden('Only an administrator may change roles')
  if (password !== undefined) {
    if (!isSelf) throw new SluiceError('unprocessable', 'password is for the user to change: make a sign-in link')
    requireGoodPassword(password, { login: user.login, email: email ?? user.email })
  }
  if (owner && isSelf && (email !== undefined || password !== undefined)) {
    await provePassword(parts, context, { owner, user, current: sent.currentPassword })
  }
  const { accountId } = self
  await parts.db.inTransaction(async (tx) => {
    await storeUser(tx, user.accountId, patch)
    if (email === undefined && isAdmin === undefined) return
    const action = isAdmin === undefined ? 'user.email' : isAdmin ? 'user.promote' : 'user.demote'
    await insertAudit(tx, { accountId, action, subject: `user ${user.login}`, address: context.remoteAddress })
  })
  if (!owner || password === undefined) return null
  return changePassword(parts, context, { owner, password })
}

async function changePassword(
  { accounts, db }: UserParts,
  context: SignedContext,
  { owner, password }: { owner: OwnerPrincipal; password: string },
): Promise<string> {
  const address = context.remoteAddress
  const userAgent = (context.header('user-agent') ?? '').slice(0, 255)
  const session = await accounts.changePassword(owner, password, { address, userAgent })
  const entry = { accountId: owner.accountId, action: 'password.change', subject: 'password', address }
  await db.inTransaction((tx) => insertAudit(tx, entry))
  return session.setCookie
}

/** What is really another: clients send back the whole user. */
function changesOf(user: User, sent: UserPatch): UserPatch {
  const { fullName, email, isAdmin, password } = sent
  return {
    ...(fullName !== undefined && { fullName }),
    ...(email !== undefined && email.toLowerCase() !== user.email && { email }),
    ...(isAdmin !== undefined && isAdmin !== user.isAdmin && { isAdmin }),
    ...(password !== undefined && { password }),
  }
}

function ownerOf({ principal }: SignedContext): OwnerPrincipal {
  if (principal.kind === 'owner') return principal
  throw forbidden('Only a person signed in to the workbench may change e-mail, password or roles')
}

async function provePassword(
  { guard }: UserParts,
  { remoteAddress: address }: SignedContext,
  { owner, user, current }: { owner: OwnerPrincipal; user: User; current: string | undefined },
): Promise<void> {
  if (!user.hasPassword) return
  if (current === undefined) throw new SluiceError('unprocessable', "current_password can't be blank")
  await guard.provePassword({ principal: owner, password: current, address })
}
