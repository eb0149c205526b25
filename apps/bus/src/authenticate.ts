import {
  type AuthStep,
  type Authenticator,
  type HelloRequest,
  type Identity,
  REFUSED,
  anyOf,
  follow,
} from '@sluice/wamp'
import { accountMethods } from './account-methods.ts'
import type { RealmDefinition } from './configured-realms.ts'
import type { BusDirectory, BusPrincipal } from './directory.ts'
import { peerOf } from './key-on-bus.ts'

export interface AuthenticateParts {
  readonly directory: BusDirectory
  /** The realm open to anonymous sessions, or null. */
  readonly anonymousRealm: string | null
  /** Realms of the configuration, by name. */
  readonly realms: ReadonlyMap<string, RealmDefinition>
  /** Makes the account's realm ready; called after its authentication succeeded and before WELCOME. */
  openAccountRealm(realm: string, accountId: number): Promise<void>
  /** @param identity null if the client was refused */
  onOutcome(hello: HelloRequest, identity: Identity | null): void
}

/**
 * Who may join which realm. A configured realm says itself; the sandbox realm takes anonymous sessions only; every other
 * name is treated as an account realm, existing or not, so that nothing tells an unknown account from a wrong key.
 */
export function makeAuthenticator(parts: AuthenticateParts): Authenticator {
  const sandbox = anyOf([{ name: 'anonymous', start: () => ANONYMOUS }])
  const methods = anyOf(accountMethods(parts.directory))
  const account: Authenticator = (hello) => follow(methods(hello), (identity) => enter(parts, hello, identity))
  return (hello) => {
    const configured = parts.realms.get(hello.realm)?.authenticate
    const authenticate = configured ?? (hello.realm === parts.anonymousRealm ? sandbox : account)
    return watched(authenticate(hello), (identity) => parts.onOutcome(hello, identity))
  }
}

async function enter(
  parts: AuthenticateParts,
  { realm, transport }: HelloRequest,
  identity: Identity,
): Promise<AuthStep> {
  const principal = identity.principal as BusPrincipal
  if (!('accountId' in principal)) return REFUSED
  if (principal.kind === 'key') parts.directory.noteKeyUse?.(principal, peerOf(transport))
  await parts.openAccountRealm(realm, principal.accountId)
  return { kind: 'accept', identity }
}

/** Tells the outcome, however many rounds it takes; a step that breaks is one. */
function watched(
  step: AuthStep | Promise<AuthStep>,
  told: (identity: Identity | null) => void,
): AuthStep | Promise<AuthStep> {
  if (step instanceof Promise)
    return step.then(
      (settled) => watched(settled, told),
      (error: unknown) => {
        told(null)
        throw error
      },
    )
  if (step.kind !== 'challenge') {
    told(step.kind === 'accept' ? step.identity : null)
    return step
  }
  return { ...step, answer: (signature, extra) => watched(step.answer(signature, extra), told) }
}

const ANONYMOUS: AuthStep = {
  kind: 'accept',
  identity: {
    authid: 'anonymous',
    authrole: 'anonymous',
    authmethod: 'anonymous',
    authprovider: 'sluice',
    principal: { kind: 'anonymous' } satisfies BusPrincipal,
  },
}
