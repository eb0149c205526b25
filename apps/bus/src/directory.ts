import type { KeyPrincipal, OwnerPrincipal } from '@sluice/model'

/** What the bus asks of the program that knows accounts and keys. */
export interface BusDirectory {
  /** The key, if it is valid now and belongs to the account whose login is `realm`; null whatever else is the case. */
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  /** Uses up a single-use ticket of a signed-in browser; null if it is unknown, used, expired or of another account. */
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  /** False once the key is revoked, expired or its account closed. */
  keyStillValid(keyId: number): Promise<boolean>
  /** Whether the key may get the feed; false also for one that does not exist. */
  isFeedReadable(principal: KeyPrincipal, feedId: number): Promise<boolean>
}

/** Whom a session on the bus stands for. */
export type BusPrincipal = KeyPrincipal | OwnerPrincipal | { kind: 'backend' } | { kind: 'anonymous' }
