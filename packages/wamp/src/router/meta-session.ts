import type { Dict } from '../payload.ts'
import type { RouterSession } from './session.ts'

/** What the meta API says of a session (Advanced Profile, "Session Meta API"). */
export function sessionDetails({ id, identity, transportDetails }: RouterSession): Dict {
  const { authid, authrole, authmethod, authprovider, authextra } = identity
  return {
    session: id,
    authid,
    authrole,
    authmethod,
    authprovider,
    ...(authextra ? { authextra } : {}),
    transport: publicTransport(transportDetails),
  }
}

/** Of the transport only its kind and peer: cookies and certificates are for the authenticator. */
function publicTransport({ kind = null, peer = null }: Dict): Dict {
  return { type: kind, peer }
}
