import { ERROR } from '../errors.ts'
import type { Dict } from '../payload.ts'
import type { AuthStep, Authenticator, HelloRequest, Identity } from '../router/authenticator.ts'

/** One method of authentication as a realm offers it. */
export interface RouterMethod {
  /** As in HELLO.Details.authmethods. */
  readonly name: string
  /** Whether this client can be asked at all, as for a certificate that its transport must have. Default: yes. */
  isPossible?(hello: HelloRequest): boolean
  start(hello: HelloRequest): AuthStep | Promise<AuthStep>
}

/**
 * Refused, whatever the reason: who fails does not learn whether the principal exists (Advanced Profile,
 * "Authentication Methods").
 */
export const REFUSED: AuthStep = { kind: 'refuse', uri: ERROR.authenticationFailed }

/** Whom a credential belongs to. Without an authid of the principal's own, the method gives one. */
export interface Principal {
  readonly identity: Omit<Identity, 'authmethod'>
}

export function accept(identity: Omit<Identity, 'authmethod'>, authmethod: string, authextra?: Dict): AuthStep {
  if (authextra === undefined) return { kind: 'accept', identity: { ...identity, authmethod } }
  return {
    kind: 'accept',
    identity: { ...identity, authmethod, authextra: { ...identity.authextra, ...authextra } },
  }
}

/** A CHALLENGE that takes one answer. What it was made of, nonces above all, is of no use after it. */
export function challengeOnce(
  method: string,
  extra: Dict,
  answer: (signature: string, extra: Dict) => AuthStep | Promise<AuthStep>,
): AuthStep {
  let isUsed = false
  return {
    kind: 'challenge',
    method,
    extra,
    answer: (signature, details) => {
      if (isUsed) return REFUSED
      isUsed = true
      return answer(signature, details)
    },
  }
}

/**
 * Authenticates by the first of the client's methods that is among `methods` and possible for this client.
 * Refuses with wamp.error.no_matching_auth_method if none is.
 */
export function anyOf(methods: readonly RouterMethod[]): Authenticator {
  const byName = new Map(methods.map((method) => [method.name, method]))
  return (hello) => {
    for (const name of hello.authmethods) {
      const method = byName.get(name)
      if (method && (method.isPossible?.(hello) ?? true)) return method.start(hello)
    }
    return { kind: 'refuse', uri: ERROR.noMatchingAuthMethod }
  }
}

/**
 * Two factors (Advanced Profile: "two subsequent rounds of CHALLENGE"): the session is who the first method says, and
 * the second must come to the same authid. Clients ask for it by the name of the first.
 */
export function bothOf(first: RouterMethod, second: RouterMethod): RouterMethod {
  return {
    name: first.name,
    isPossible: (hello) => (first.isPossible?.(hello) ?? true) && (second.isPossible?.(hello) ?? true),
    start: (hello) =>
      follow(first.start(hello), (identity) =>
        follow(second.start({ ...hello, authid: identity.authid }), (confirmed) =>
          confirmed.authid === identity.authid ? { kind: 'accept', identity } : REFUSED,
        ),
      ),
  }
}

/** Goes on with `next` where `step`, however many rounds later, accepts. */
export function follow(
  step: AuthStep | Promise<AuthStep>,
  next: (identity: Identity) => AuthStep | Promise<AuthStep>,
): AuthStep | Promise<AuthStep> {
  if (step instanceof Promise) return step.then((settled) => follow(settled, next))
  if (step.kind === 'refuse') return step
  if (step.kind === 'accept') return next(step.identity)
  const { answer } = step
  return { ...step, answer: (signature, extra) => follow(answer(signature, extra), next) }
}
