import { access, isWellFormedKey } from '@sluice/model'
import type { CurrentKey, FeedEvent, KeyPrincipal, OwnerPrincipal } from '@sluice/model'
import {
  currentKeys,
  findAccountByLogin,
  findPrincipalByHash,
  findSealedPrincipal,
  redeemTicket,
  resolveFeed,
  validSessionIds,
} from '@sluice/store'
import type { Database, SealedPrincipal } from '@sluice/store'
import type { Auth } from './auth.ts'
import type { KeyVault } from './secrets.ts'
import { ticketHash } from './tickets.ts'

type Revealed = { principal: KeyPrincipal; apiKey: string }

/** What the bus asks about accounts and keys, answered from the database. */
export function makeBusDirectory({ db, keys, auth }: { db: Database; keys: KeyVault; auth: Pick<Auth, 'noteUse'> }): {
  findKeyForRealm(realm: string, apiKey: string): Promise<KeyPrincipal | null>
  revealKeyForRealm(realm: string, keyId: number): Promise<(Revealed & { previous?: Revealed }) | null>
  noteKeyUse(principal: KeyPrincipal, address: string | null): void
  saltFor(name: string): Uint8Array
  isLogin(name: string): Promise<boolean>
  redeemTicket(realm: string, ticket: string): Promise<OwnerPrincipal | null>
  filterValid(ids: {
    keyIds: number[]
    sessionIds: string[]
  }): Promise<{ keys: Map<number, CurrentKey>; sessionIds: Set<string> }>
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
      if (!found) return null
      const open = ({ principal, sealed }: SealedPrincipal): Revealed => ({ principal, apiKey: keys.open(sealed) })
      return { ...open(found), ...(found.previous && { previous: open(found.previous) }) }
    },
    noteKeyUse: (principal, address) => auth.noteUse(principal, { address: address ?? '', protocol: 'wamp' }),
    saltFor: (name) => keys.salt(name),
    isLogin: async (name) => (await findAccountByLogin(db.pool, name)) !== null,
    async redeemTicket(realm, ticket) {
      const owner = await redeemTicket(db.pool, ticketHash(ticket))
      if (owner?.login !== realm) return null
      return { kind: 'owner', accountId: owner.accountId, login: owner.login, sessionId: owner.sessionId }
    },
    filterValid: async ({ keyIds, sessionIds }) => ({
      keys: keyIds.length > 0 ? await currentKeys(db.pool, keyIds) : new Map<number, CurrentKey>(),
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
