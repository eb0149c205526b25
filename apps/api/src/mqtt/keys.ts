import { renewKey } from '@sluice/model'
import type { CurrentKey, KeyPrincipal } from '@sluice/model'
import type { Auth } from '../auth.ts'
import { requireUsable } from '../key-constraints.ts'

/** Who is at the other end of a connection. */
export type Peer = {
  readonly address: string
  /** client id, as it was given */
  readonly name: string
}
/** A key that a connection has shown, as it was last looked up. */
export type Held = { principal: KeyPrincipal; peer: Peer }

/** What connections ask about keys. */
export type Keys = {
  /** whose key this is. @throws {SluiceError} `unauthorized`, `forbidden` */
  identify(key: string, peer: Peer): Promise<KeyPrincipal>
  /** as what connections go on whose keys may have changed, in order; null for one that has to end */
  renew(held: readonly Held[]): Promise<(KeyPrincipal | null)[]>
}

/** @param currentKeys those of these keys that still work, as they are now */
export function makeKeys(
  auth: Pick<Auth, 'identifyKey'>,
  currentKeys: (ids: readonly number[]) => Promise<ReadonlyMap<number, CurrentKey>>,
): Keys {
  return {
    async identify(key, { address, name }) {
      const principal = await auth.identifyKey(key, { address, client: name, protocol: 'mqtt' })
      requireUsable(principal)
      return principal
    },
    async renew(held) {
      const ids = new Set(held.map(({ principal }) => principal.keyId))
      const current = ids.size === 0 ? new Map<number, CurrentKey>() : await currentKeys([...ids])
      return held.map(({ principal, peer }) => {
        const now = current.get(principal.keyId)
        return now ? renewKey(principal, now, { remoteAddress: peer.address, referer: null }) : null
      })
    },
  }
}
