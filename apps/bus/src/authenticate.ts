import { type AuthStep, type Authenticator, ERROR, type HelloRequest, type Identity } from '@sluice/wamp'
import type { BusDirectory, BusPrincipal } from './directory.ts'

/** Longer than any key or ticket; what is longer is refused without asking the directory. */
const TICKET_LENGTH_MAX = 256
/** The authid that a signed-in browser names with its ticket. */
const BROWSER_AUTHID = 'session'

export interface AuthenticateParts {
  readonly directory: BusDirectory
  /** The realm open to anonymous sessions, or null. */
  readonly anonymousRealm: string | null
  /** Makes the account's realm ready; called after its authentication succeeded and before WELCOME. */
  openAccountRealm(realm: string, accountId: number): Promise<void>
  onOutcome(hello: HelloRequest, principal: BusPrincipal | null): void
}

/**
 * Who may join which realm. The sandbox realm takes anonymous sessions only; every other name is treated as an account
 * realm, existing or not, and takes `ticket` only, so that nothing tells an unknown account from a wrong key.
 */
export function makeAuthenticator(parts: AuthenticateParts): Authenticator {
  return (hello) => {
    const method = hello.realm === parts.anonymousRealm ? 'anonymous' : 'ticket'
    if (!hello.authmethods.includes(method)) {
      parts.onOutcome(hello, null)
      return { kind: 'refuse', uri: ERROR.noMatchingAuthMethod }
    }
    if (method === 'anonymous') return acceptAnonymous(parts, hello)
    return {
      kind: 'challenge',
      method,
      extra: {},
      answer: (ticket) => decide(parts, hello, ticket),
    }
  }
}

function acceptAnonymous(parts: AuthenticateParts, hello: HelloRequest): AuthStep {
  const principal: BusPrincipal = { kind: 'anonymous' }
  parts.onOutcome(hello, principal)
  return { kind: 'accept', identity: { ...STATIC, authid: 'anonymous', authrole: 'anonymous', principal } }
}

async function decide(parts: AuthenticateParts, hello: HelloRequest, ticket: string): Promise<AuthStep> {
  const principal = await findPrincipal(parts.directory, hello, ticket)
  parts.onOutcome(hello, principal)
  if (!principal) return { kind: 'refuse', uri: ERROR.authenticationFailed }
  await parts.openAccountRealm(hello.realm, principal.accountId)
  const authid = principal.kind === 'key' ? String(principal.keyId) : principal.login
  const identity: Identity = {
    authid,
    authrole: principal.kind,
    authmethod: 'ticket',
    authprovider: 'sluice',
    principal,
  }
  return { kind: 'accept', identity }
}

/** A browser's ticket where the authid says so or says nothing; an API key under any authid, since it names itself. */
async function findPrincipal(
  directory: BusDirectory,
  { realm, authid }: HelloRequest,
  ticket: string,
): Promise<Extract<BusPrincipal, { accountId: number }> | null> {
  if (ticket.length === 0 || ticket.length > TICKET_LENGTH_MAX) return null
  const isBrowser = authid === null || authid === BROWSER_AUTHID
  const owner = isBrowser ? await directory.redeemTicket(realm, ticket) : null
  return owner ?? (await directory.findKeyForRealm(realm, ticket))
}

const STATIC = { authmethod: 'anonymous', authprovider: 'sluice' } as const

/** The api's own sessions, which never pass a wire. */
export const BACKEND: Identity = {
  authid: 'backend',
  authrole: 'backend',
  authmethod: 'linked',
  authprovider: 'sluice',
  principal: { kind: 'backend' } satisfies BusPrincipal,
}
