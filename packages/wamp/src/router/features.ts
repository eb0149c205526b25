import type { Dict } from '../payload.ts'

export const CLIENT_ROLES = ['publisher', 'subscriber', 'caller', 'callee'] as const
export type ClientRole = (typeof CLIENT_ROLES)[number]
/** What a client announced in HELLO, by role. Equal announcements are one object. */
export type Features = Readonly<Partial<Record<ClientRole, ReadonlySet<string>>>>

/** Of a callee that takes calls in parts though it cannot be interrupted, which the specification does not foresee. */
export const PARTS_UNINTERRUPTED = 'x_parts_uninterrupted'

/**
 * Features that client libraries have and do not announce, by what HELLO.Details.agent begins with. wampy calls in parts
 * if only the router announces it; its callees make progress and take parts, but no INTERRUPT.
 */
const UNANNOUNCED: readonly { agent: string; features: Partial<Record<ClientRole, readonly string[]>> }[] = [
  {
    agent: 'Wampy.js ',
    features: {
      caller: ['progressive_call_invocations'],
      callee: ['progressive_call_results', 'progressive_call_invocations', PARTS_UNINTERRUPTED],
    },
  },
]

/** Distinct announcements remembered; there is one for each client library, hardly more. */
const KNOWN_MAX = 256
const known = new Map<string, Features>()

/** Of HELLO.Details. @returns null if they name no client role (Basic Profile, "HELLO") */
export function parseFeatures({ roles, agent }: Dict): Features | null {
  if (!isDict(roles)) return null
  const client = typeof agent === 'string' ? UNANNOUNCED.find((one) => agent.startsWith(one.agent)) : undefined
  const features: Partial<Record<ClientRole, ReadonlySet<string>>> = {}
  const names: string[] = []
  for (const role of CLIENT_ROLES) {
    const announced = roles[role]
    if (!isDict(announced)) continue
    const of = isDict(announced['features']) ? announced['features'] : {}
    const set = new Set(
      Object.keys(of)
        .filter((name) => of[name] === true)
        .map(spelled),
    )
    for (const name of client?.features[role] ?? []) set.add(name)
    features[role] = set
    names.push(role, ...[...set].toSorted(), '')
  }
  if (names.length === 0) return null
  const key = names.join(' ')
  const same = known.get(key)
  if (same) return same
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(key, features)
  return features
}

/** The specification writes both. */
function spelled(feature: string): string {
  return feature === 'call_cancelling' ? 'call_canceling' : feature
}

export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
