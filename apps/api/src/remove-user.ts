import { NotFoundError } from '@sluice/model'
import type { User } from '@sluice/model'
import { insertAudit, removeRetiredAccounts, retireAccount } from '@sluice/store'
import type { SignedContext } from './route.ts'
import type { UserParts } from './user-parts.ts'

/** How long an answer waits for the data to go; a small account is gone when it comes. */
const REMOVAL_MS = 5_000

/**
 * Removes a user and the account. From the commit on nothing of it can be used or seen; what it stored goes piece by
 * piece: some of it before the answer, the rest by the worker.
 * @throws {SluiceError} `not_found`; `conflict` for the last administrator
 */
export async function removeUser(parts: UserParts, context: SignedContext, { login }: User): Promise<void> {
  const { db, forgetKeys } = parts
  const { principal, remoteAddress: address } = context
  const accountId = await db.inTransaction(async (tx) => {
    await insertAudit(tx, { accountId: principal.accountId, action: 'user.remove', subject: `user ${login}`, address })
    const id = await retireAccount(tx, login)
    if (id === null) throw new NotFoundError(`User with login = ${login}`)
    return id
  })
  forgetKeys(accountId)
  // committed: what goes wrong from here on is the worker's to try again, and to tell
  await removeRetiredAccounts(db, AbortSignal.timeout(REMOVAL_MS)).catch(() => {})
}
