import type { DeliveryDocument } from '@sluice/model'
import type { ApiError, Client } from '@sluice/sdk'
import { DeliveryTail } from './delivery-tail.ts'
import type { Missed } from './delivery-tail.ts'
import { Latch } from './latch.ts'
import { persist } from './persist.ts'

export type FollowHandlers = {
  /** in order of firing, none twice; `missed`: they were found in the list, not announced */
  onDeliveries(deliveries: DeliveryDocument[], how: 'announced' | 'missed'): void
  /** from now on firings are announced */
  onLive(): void
  /** no connection; it is being made again */
  onLost(): void
  onTrouble(error: ApiError): void
  /** more was missed than is fetched */
  onIncomplete(): void
}

/** An announcement is made at most once, so the list is looked into this often even while the connection stands. */
const LOOK_MS = 30_000
/** announcements that wait while the list is read; what is beyond comes from the list */
const HELD_MAX = 1000

/**
 * Follows all firings of an account: over the bus, and in the list of deliveries for whatever the bus did not bring.
 * @param options.sinceMs where to begin, ms since 1970; null: now
 * @param options.signal ends it, quietly
 * @throws {ApiError} the server refuses; only the first look into the list also fails for a server that is away
 */
export async function followAccount(
  client: Client,
  handlers: FollowHandlers,
  { sinceMs, signal }: { sinceMs: number | null; signal: AbortSignal },
): Promise<void> {
  const tail = new DeliveryTail((query) => client.deliveries.list(query))
  const tell = (missed: Missed): void => {
    if (!missed.isComplete) handlers.onIncomplete()
    if (missed.deliveries.length > 0) handlers.onDeliveries(missed.deliveries, 'missed')
  }
  tell(await tail.begin(sinceMs))

  const latch = new Latch()
  const held: DeliveryDocument[] = []
  let isLive = false
  let mustLook = false
  let refusal: ApiError | null = null
  const live = client.liveTriggers({
    onTrigger({ event, delivery }) {
      if (event !== 'fired') return
      if (held.length < HELD_MAX) held.push(delivery)
      else mustLook = true
      latch.set()
    },
    onStatus(status) {
      if (status === 'reconnecting') handlers.onLost()
      isLive = status === 'live'
      if (isLive) mustLook = true
      if (isLive) handlers.onLive()
      latch.set()
    },
    onError(error) {
      if (error.status === 401 || error.status === 403) refusal = error
      else handlers.onTrouble(error)
      latch.set()
    },
  })
  signal.addEventListener('abort', () => latch.set(), { once: true })
  try {
    let lookedMs = performance.now()
    for (;;) {
      await latch.wait(LOOK_MS)
      if (signal.aborted) return
      if (refusal !== null) throw refusal
      if (isLive && (mustLook || performance.now() - lookedMs >= LOOK_MS)) {
        mustLook = false
        tell(await persist(() => tail.readMissed(), { signal, onTrouble: handlers.onTrouble }))
        lookedMs = performance.now()
      }
      const announced = tail.take(held.splice(0))
      if (announced.length > 0) handlers.onDeliveries(announced, 'announced')
    }
  } finally {
    live.close()
  }
}
