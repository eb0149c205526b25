import { type CurrentKey, type KeyPrincipal, narrowPrincipal, renewKey } from '@sluice/model'
import type { Dict } from '@sluice/wamp'

/** Address of a session's peer; null where it has none, as over a Unix socket. */
export function peerOf(transport: Dict): string | null {
  const { peer } = transport
  return typeof peer === 'string' ? peer : null
}

/**
 * What is left of a key on the bus. A permission for pages of a site is for none of it, because sessions have no Referer;
 * one for an address, only for sessions from there.
 * @returns null where nothing is left: such a key does not join
 */
export function narrowKey(principal: KeyPrincipal, transport: Dict): KeyPrincipal | null {
  const left = narrowPrincipal(principal, { remoteAddress: peerOf(transport), referer: null })
  return left.permissions.length > 0 ? left : null
}

/** As what a session goes on whose key may have changed. @returns null where it has to end */
export function renewOnBus(principal: KeyPrincipal, now: CurrentKey, transport: Dict): KeyPrincipal | null {
  return renewKey(principal, now, { remoteAddress: peerOf(transport), referer: null })
}
