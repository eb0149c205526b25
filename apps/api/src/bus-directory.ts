import { access, isWellFormedKey } from '@sluice/model'
import type { FeedEvent, KeyPrincipal, OwnerPrincipal } from '@sluice/model'
import {
  currentKeys,
  findAccountByLogin,
  findPrincipalByHash,
  findSealedPrincipal,
  redeemTicket,
  resolveFeed,
  validSessionIds,
} from '@sluice/store'
import type { Database } from '@sluice/store'
import type { KeyVault } from './secrets.ts'
import { ticketHash } from './tickets.ts'

/** What the bus asks about accounts and keys, answered from the database. */
export function makeBusDirectory({ db, keys }: { db: Database; keys: KeyVault }): {
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  revealKeyForRealm(realm: string, keyId: number): Promise<{ principal: KeyPrincipal; apiKey: string } | null>
  saltFor(name: string): Uint8Array
  isLogin(name: string): Promise<boolean>
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  filterValid(ids: {
    keyIds: number[]
    sessionIds: string[]
  }): Promise<{ keys: Map<number, KeyPrincipal>; sessionIds: Set<string> }>
  isFeedReadable(principal: KeyPrincipal, feedId: number, event: FeedEvent): Promise<boolean>
} {
  return {
    async findKeyForRealm(realm, apiKey) {
      if (!isWellFormedKey(apiKey)) return null
      const principal = await findPrincipalByHash(db.pool, keys.hash(apiKey))
      return principal?.login === realm ? principal : null
    },
    async revealKeyForRealm(realm, keyId) {
      const found = await findSealedPrincipal(db.pool, realm, keyId)
      return found && { principal: found.principal, apiKey: keys.open(found.sealed) }
    },
    saltFor: (name) => keys.salt(name),
    isLogin: async (name) => (await findAccountByLogin(db.pool, name)) !== null,
    async redeemTicket(realm, ticket) {
      const owner = await redeemTicket(db.pool, ticketHash(ticket))
      if (owner?.login !== realm) return null
      return { kind: 'owner', accountId: owner.accountId, login: owner.login, sessionId: owner.sessionId }
    },
    filterValid: async ({ keyIds, sessionIds }) => ({
      keys: keyIds.length > 0 ? await currentKeys(db.pool, keyIds) : new Map<number, KeyPrincipal>(),
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
