import type { Dict, SessionInfo } from '@sluice/wamp'

/** A session as procedures that decide about it are told of it. */
export function sessionDict({ id, realm, identity }: SessionInfo): Dict {
  const { authid, authrole, authmethod, authprovider, authextra } = identity
  return { session: id, realm, authid, authrole, authmethod, authprovider, ...(authextra && { authextra }) }
}
