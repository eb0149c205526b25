import { ERROR, WampError } from '../errors.ts'
import type { CallTerms } from './call-terms.ts'
import { ownerOf } from './partition.ts'
import type { Endpoint, Registration } from './registration.ts'

/** What a callee is chosen for. */
interface Choice {
  readonly terms: CallTerms
  /** Callees that have answered that they are unavailable. */
  readonly tried: readonly Endpoint[]
}

/**
 * The callee that a call goes to, by the registration's policy (Advanced Profile, "Shared Registration"), passing over
 * those that have been tried, that are slow to read, that work on as many calls as they take, or that lack a feature
 * the call needs. Calls do not wait here for a callee: one who hears at once can do better than a queue in between.
 * @throws {WampError} there is none
 */
export function chooseCallee(
  registration: Registration,
  terms: CallTerms,
  tried: readonly Endpoint[],
  random: () => number,
): Endpoint {
  const { endpoints, uri } = registration
  const first = endpoints[0]
  if (endpoints.length === 1 && first !== undefined && isFree(first, terms, tried)) return first
  const choice = { terms, tried }
  const chosen =
    terms.partition === null ? byPolicy(registration, choice, random) : ownerIfFree(terms.partition, endpoints, choice)
  if (chosen !== null) return chosen
  if (tried.length > 0 || endpoints.some((endpoint) => suits(endpoint, terms)))
    throw new WampError(ERROR.noAvailableCallee, [`no callee of ${uri} takes a call now`])
  throw new WampError(ERROR.featureNotSupported, [`no callee of ${uri} has what the call needs`])
}

function byPolicy(registration: Registration, choice: Choice, random: () => number): Endpoint | null {
  const { endpoints, invoke } = registration
  switch (invoke) {
    case 'single':
    case 'first':
      return nextFree(endpoints, choice, 0, 1)
    case 'last':
      return nextFree(endpoints, choice, endpoints.length - 1, -1)
    case 'roundrobin': {
      const chosen = nextFree(endpoints, choice, registration.next % endpoints.length, 1)
      if (chosen !== null) registration.next = endpoints.indexOf(chosen) + 1
      return chosen
    }
    case 'random':
    default: {
      const free = endpoints.filter((endpoint) => isFree(endpoint, choice.terms, choice.tried))
      return free[Math.floor(random() * free.length)] ?? null
    }
  }
}

/** The first that is free, beginning at `start` and going round. */
function nextFree(endpoints: readonly Endpoint[], choice: Choice, start: number, step: 1 | -1): Endpoint | null {
  const { length } = endpoints
  for (let passed = 0, at = start; passed < length; passed += 1, at = (at + step + length) % length) {
    const endpoint = endpoints[at]
    if (endpoint !== undefined && isFree(endpoint, choice.terms, choice.tried)) return endpoint
  }
  return null
}

/** Nobody can stand in for the owner of a key. */
function ownerIfFree(key: string, endpoints: readonly Endpoint[], choice: Choice): Endpoint | null {
  const owner = ownerOf(key, endpoints)
  return owner !== null && isFree(owner, choice.terms, choice.tried) ? owner : null
}

function isFree(endpoint: Endpoint, terms: CallTerms, tried: readonly Endpoint[]): boolean {
  return (
    endpoint.inFlight < endpoint.concurrencyMax &&
    suits(endpoint, terms) &&
    !tried.includes(endpoint) &&
    !endpoint.callee.session.isCongested
  )
}

/** Advanced Profile, "Progressive Call Invocations" and "Payload Passthru Mode": the callee must have announced them. */
function suits(endpoint: Endpoint, { isInParts, isPassthru }: CallTerms): boolean {
  return (!isInParts || endpoint.takesParts) && (!isPassthru || endpoint.takesPassthru)
}
