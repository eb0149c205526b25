import { createHash, randomBytes } from 'node:crypto'
import { formatSeconds } from '@sluice/model'
import { findUserId, insertVerification, removePassword } from '@sluice/store'
import type { Transaction } from '@sluice/store'

export const LINK_MS_MAX = 60 * 60_000

export type SignInLink = { sign_in_url: string; expires_at: string }

/** A token that signs in once within an hour. */
export const makeLinkToken = (): string => randomBytes(32).toString('base64url')

/** What is kept of it: a hash. */
export const linkIdentifier = (token: string): string =>
  `sign-in:${createHash('sha256').update(token).digest('base64url')}`

/** Makes a link that signs a user in once within an hour, for whoever hands it on. @param userId better-auth's */
export async function issueSignInLink(tx: Transaction, userId: string, publicUrl: string): Promise<SignInLink> {
  const token = makeLinkToken()
  const expiresAt = new Date(Date.now() + LINK_MS_MAX)
  await insertVerification(tx, { identifier: linkIdentifier(token), value: userId, expiresAt })
  return {
    sign_in_url: `${publicUrl}/sign-in?token=${token}`,
    expires_at: formatSeconds(expiresAt.getTime() * 1000),
  }
}

/** The same for who has lost the password: it is taken away, sessions end, and earlier links are worth nothing. */
export async function resetToSignInLink(tx: Transaction, accountId: number, publicUrl: string): Promise<SignInLink> {
  const userId = await findUserId(tx, accountId)
  if (userId === null) throw new Error('an account without a user')
  await removePassword(tx, userId)
  return issueSignInLink(tx, userId, publicUrl)
}
