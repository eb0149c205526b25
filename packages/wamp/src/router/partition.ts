import type { Endpoint } from './registration.ts'

/**
 * The callee that owns a key, by rendezvous hashing: when a callee comes or goes only the keys it wins or had change
 * their owner (Advanced Profile, "Sharded Registration", which leaves the function open).
 */
export function ownerOf(key: string, endpoints: readonly Endpoint[]): Endpoint | null {
  const seed = fnv1a(key)
  let owner: Endpoint | null = null
  let highest = -1
  for (const endpoint of endpoints) {
    const score = mix(seed, endpoint.callee.session.id)
    if (score <= highest) continue
    highest = score
    owner = endpoint
  }
  return owner
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** The finalizer of MurmurHash3 over both: neighbouring ids and keys get scores that have nothing in common. */
function mix(seed: number, id: number): number {
  let hash = seed ^ (id >>> 0) ^ Math.imul(Math.floor(id / 2 ** 32), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
