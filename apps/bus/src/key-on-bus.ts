import { type CurrentKey, type KeyPrincipal, narrowPrincipal } from '@sluice/model'
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

/**
 * As what a session goes on whose key may have changed.
 * @param principal what the session is
 * @returns null where it has to end: the text that it was opened with does not work any more, or not from there
 */
export function renewKey(principal: KeyPrincipal, now: CurrentKey, transport: Dict): KeyPrincipal | null {
  const { overlapUntil, generation: newest = 0, ...key } = now
  const { generation = 0, previousUntil } = principal
  const isPrevious = generation === newest - 1 && overlapUntil !== undefined
  if (generation !== newest && !isPrevious) return null
  const renewed = {
    ...key,
    ...(generation > 0 && { generation }),
    ...(previousUntil !== undefined && { previousUntil }),
  }
  return narrowKey(renewed, transport)
}
