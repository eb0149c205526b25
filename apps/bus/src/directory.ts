import type { FeedEvent, KeyPrincipal, OwnerPrincipal } from '@sluice/model'

/** What the bus asks of the program that knows accounts and keys. */
export interface BusDirectory {
  /** The key, if it is valid now and belongs to the account whose login is `realm`; null whatever else is the case. */
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  /** Uses up a single-use ticket of a signed-in browser; null if it is unknown, used, expired or of another account. */
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  /** Those that still count: a key that is not revoked or expired, a sign-in that has not ended. */
  filterValid(ids: { keyIds: number[]; sessionIds: string[] }): Promise<{
    keyIds: ReadonlySet<number>
    sessionIds: ReadonlySet<string>
  }>
  /** Whether the key may hear these events of the feed; false also for one that does not exist. The requests of a public
   * feed are not public: their bodies and addresses are for keys that were given the feed. */
  isFeedReadable(principal: KeyPrincipal, feedId: number, event: FeedEvent): Promise<boolean>
}

/** Whom a session on the bus stands for. */
export type BusPrincipal = KeyPrincipal | OwnerPrincipal | { kind: 'backend' } | { kind: 'anonymous' }
