import { access, isWellFormedKey } from '@sluice/model'
import type { KeyPrincipal, OwnerPrincipal } from '@sluice/model'
import { findPrincipalByHash, redeemTicket, resolveFeed, validKeyIds } from '@sluice/store'
import type { Database } from '@sluice/store'
import type { KeyVault } from './secrets.ts'
import { ticketHash } from './tickets.ts'

/** What the bus asks about accounts and keys, answered from the database. */
export function makeBusDirectory({ db, keys }: { db: Database; keys: KeyVault }): {
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  keyStillValid(keyId: number): Promise<boolean>
  isFeedReadable(principal: KeyPrincipal, feedId: number): Promise<boolean>
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
    keyStillValid: async (keyId) => (await validKeyIds(db.pool, [keyId])).has(keyId),
    async isFeedReadable(principal, feedId) {
      const feed = await resolveFeed(db.pool, feedId)
      return feed !== null && access(principal, 'get', feed) === 'allowed'
    },
  }
}
