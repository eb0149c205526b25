import type { CurrentKey, FeedEvent, KeyPrincipal, OwnerPrincipal } from '@sluice/model'

/** What the bus asks of the program that knows accounts and keys. */
export interface BusDirectory {
  /** The key, if it is valid now and belongs to the account whose login is `realm`; null whatever else is the case. */
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  /**
   * The same by the key's id, with the key itself: WAMP-CRA and SCRAM prove that the client has it, and never say it.
   * To be forgotten when the handshake is over. `previous`: the text from before it was rolled, while that works, too.
   */
  revealKeyForRealm(realm: string, keyId: number): Promise<(RevealedKey & { previous?: RevealedKey }) | null>
  /** That a session was opened with a key, from this address where it has one. */
  noteKeyUse?(principal: KeyPrincipal, address: string | null): void
  /** 16 bytes that are the same each time for a name, and that only the server's secret gives away. */
  saltFor(name: string): Uint8Array
  /** Whether an account has this login, and with it the realm of this name. */
  isLogin(name: string): Promise<boolean>
  /** Uses up a single-use ticket of a signed-in browser; null if it is unknown, used, expired or of another account. */
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  /** Those that still count, keys as they are now: a key that is not revoked or expired, a sign-in that has not ended. */
  filterValid(ids: { keyIds: number[]; sessionIds: string[] }): Promise<{
    keys: ReadonlyMap<number, CurrentKey>
    sessionIds: ReadonlySet<string>
  }>
  /** Whether the key may hear these events of the feed; false also for one that does not exist. The requests of a public
   * feed are not public: their bodies and addresses are for keys that were given the feed. */
  isFeedReadable(principal: KeyPrincipal, feedId: number, event: FeedEvent): Promise<boolean>
}

export type RevealedKey = { principal: KeyPrincipal; apiKey: string }

/** Whom a session on the bus stands for. */
/** `member`: of a configured realm, which accounts and keys have no part in. */
export type BusPrincipal =
  | KeyPrincipal
  | OwnerPrincipal
  | { kind: 'backend' }
  | { kind: 'anonymous' }
  | { kind: 'member' }
