import { hashOf, hashOfId, weightOf } from './hash.ts'
import type { Endpoint } from './registration.ts'

/**
 * The callee that owns a key, by rendezvous hashing over their session ids (Advanced Profile, "Sharded Registration",
 * which leaves the function open).
 */
export function ownerOf(key: string, endpoints: readonly Endpoint[]): Endpoint | null {
  const keyHash = hashOf(key)
  let owner: Endpoint | null = null
  let most = -1
  for (const endpoint of endpoints) {
    const weight = weightOf(hashOfId(endpoint.callee.session.id), keyHash)
    if (weight <= most) continue
    most = weight
    owner = endpoint
  }
  return owner
}
