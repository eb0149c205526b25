import { access, isWellFormedKey } from '@sluice/model'
import type { FeedEvent, KeyPrincipal, OwnerPrincipal } from '@sluice/model'
import { findPrincipalByHash, redeemTicket, resolveFeed, validKeyIds, validSessionIds } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { KeyVault } from './secrets.ts'
import { ticketHash } from './tickets.ts'

/** What the bus asks about accounts and keys, answered from the database. */
export function makeBusDirectory({ db, keys }: { db: Database; keys: KeyVault }): {
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  filterValid(ids: {
    keyIds: number[]
    sessionIds: string[]
  }): Promise<{ keyIds: Set<number>; sessionIds: Set<string> }>
  isFeedReadable(principal: KeyPrincipal, feedId: number, event: FeedEvent): Promise<boolean>
} {
  return {
    async findKeyForRealm(realm, apiKey) {
      if (!isWellFormedKey(apiKey)) return null
      const principal = await findPrincipalByHash(db.pool, keys.hash(apiKey))
      return principal?.login === realm ? principal : null
    },
    async redeemTicket(realm, ticket) {
      const owner = await redeemTicket(db.pool, ticketHash(ticket))
      if (owner?.login !== realm) return null
      return { kind: 'owner', accountId: owner.accountId, login: owner.login, sessionId: owner.sessionId }
    },
    filterValid: async ({ keyIds, sessionIds }) => ({
      keyIds: keyIds.length > 0 ? await validKeyIds(db.pool, keyIds) : new Set<number>(),
      sessionIds: sessionIds.length > 0 ? await validSessionIds(db.pool, sessionIds) : new Set<string>(),
    }),
    async isFeedReadable(principal, feedId, event) {
      const feed = await resolveFeed(db.pool, feedId)
      if (!feed) return false
      // requests and firings are for who was given the feed, not for everybody who may read it
      const isGiven = event === 'request' || event === 'trigger'
      return access(principal, 'get', isGiven ? { ...feed, isPrivate: true } : feed) === 'allowed'
    },
  }
}
