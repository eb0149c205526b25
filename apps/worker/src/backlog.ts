import { CLAIMS_PER_ENDPOINT_MAX } from '@sluice/store'
import type { Claim } from '@sluice/store'

/** Which endpoints may have more deliveries due than the last claims could take. */
export type Backlog = {
  /**
   * Learns from a claim.
   * @param asked what it asked for
   * @param claimed the endpoint of each delivery that it took
   */
  learn(asked: Claim, claimed: readonly number[]): void
  /** whether more may be due to this endpoint than its concurrency allowed */
  has(endpointId: number): boolean
  /** whether the last claim took all that it was allowed to take, so that more may be due to any */
  isCut(): boolean
}

export function makeBacklog(): Backlog {
  const full = new Set<number>()
  let isCut = false
  return {
    learn({ busy, free }, claimed) {
      isCut = claimed.length >= free
      const after = new Map(busy)
      for (const endpointId of claimed) after.set(endpointId, (after.get(endpointId) ?? 0) + 1)
      full.clear()
      for (const [endpointId, count] of after) if (count >= CLAIMS_PER_ENDPOINT_MAX) full.add(endpointId)
    },
    has: (endpointId) => full.has(endpointId),
    isCut: () => isCut,
  }
}
