import { createHash, randomBytes } from 'node:crypto'

export const LINK_MS_MAX = 60 * 60_000

/** A token that signs in once within an hour. */
export const makeLinkToken = (): string => randomBytes(32).toString('base64url')

/** What is kept of it: a hash. */
export const linkIdentifier = (token: string): string =>
  `sign-in:${createHash('sha256').update(token).digest('base64url')}`
