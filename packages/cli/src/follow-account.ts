import type { DeliveryDocument, TriggerEvent } from '@sluice/model'
import type { ApiError, Client, LiveStatus } from '@sluice/sdk'
import { DeliveryTail } from './delivery-tail.ts'
import type { Missed } from './delivery-tail.ts'
import { Latch } from './latch.ts'
import { persist } from './persist.ts'

export type FollowHandlers = {
  /** in order of firing, none twice; `missed`: they fired before there was a connection, or while it was lost */
  onDeliveries(deliveries: DeliveryDocument[], how: 'new' | 'missed'): void
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
/** without a connection: the server may have a reason for that, such as a key that is gone, which the list tells */
const LOOK_LOST_MS = 5000
/** announcements that wait while the list is read; what is beyond comes from the list */
const HELD_MAX = 1000

/**
 * Follows all firings of an account: over the bus, and in the list of deliveries for whatever the bus did not bring.
 * @param options.sinceMs where to begin, ms since 1970; null: now
 * @param options.signal ends it
 * @throws {ApiError} the server refuses; only the first look into the list also fails for a server that is away
 */
export async function followAccount(
  client: Client,
  handlers: FollowHandlers,
  { sinceMs, signal }: { sinceMs: number | null; signal: AbortSignal },
): Promise<void> {
  const follower = new AccountFollower(client, handlers)
  // first what is there already, then the connection: nothing can fall between
  await follower.begin(sinceMs)
  const live = client.liveTriggers({
    onTrigger: (event) => follower.hear(event),
    onStatus: (status) => follower.turn(status),
    onError: (error) => follower.fail(error),
  })
  try {
    await follower.run(signal)
  } finally {
    live.close()
  }
}

class AccountFollower {
  readonly #handlers: FollowHandlers
  readonly #tail: DeliveryTail
  readonly #changed = new Latch()
  readonly #held: DeliveryDocument[] = []
  #isLive = false
  /** something may have fired without being announced to us */
  #hasGap = true
  #mustLook = false
  #refusal: ApiError | null = null

  constructor(client: Client, handlers: FollowHandlers) {
    this.#handlers = handlers
    this.#tail = new DeliveryTail((query) => client.deliveries.list(query))
  }

  async begin(sinceMs: number | null): Promise<void> {
    this.#tell(await this.#tail.begin(sinceMs))
  }

  hear({ event, delivery }: TriggerEvent): void {
    // of an attempt nothing is wanted, unless the firing before it was not announced
    if (event === 'attempted' && !this.#tail.isNews(delivery)) return
    if (event === 'fired' && this.#held.length < HELD_MAX) this.#held.push(delivery)
    else this.#mustLook = true
    this.#changed.set()
  }

  turn(status: LiveStatus): void {
    this.#isLive = status === 'live'
    if (status === 'live') this.#handlers.onLive()
    if (status === 'reconnecting') this.#handlers.onLost()
    this.#mustLook ||= this.#isLive
    this.#hasGap ||= !this.#isLive
    this.#changed.set()
  }

  fail(error: ApiError): void {
    if (error.status === 401 || error.status === 403) this.#refusal = error
    else this.#handlers.onTrouble(error)
    this.#changed.set()
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#changed.set(), { once: true })
    let lookedMs = performance.now()
    while (!signal.aborted) {
      const lookMs = this.#isLive ? LOOK_MS : LOOK_LOST_MS
      await this.#changed.wait(lookMs)
      if (this.#refusal !== null) throw this.#refusal
      if (this.#mustLook || performance.now() - lookedMs >= lookMs) {
        await this.#look(signal)
        lookedMs = performance.now()
      }
      const announced = this.#tail.take(this.#held.splice(0))
      if (announced.length > 0) this.#handlers.onDeliveries(announced, 'new')
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#mustLook = false
    const wasLive = this.#isLive
    const { onTrouble } = this.#handlers
    this.#tell(await persist(() => this.#tail.readMissed(), { signal, onTrouble }))
    // a connection that was lost and made again meanwhile asks for another look
    if (wasLive && !this.#mustLook) this.#hasGap = false
  }

  #tell({ deliveries, isComplete }: Missed): void {
    if (!isComplete) this.#handlers.onIncomplete()
    if (deliveries.length > 0) this.#handlers.onDeliveries(deliveries, this.#hasGap ? 'missed' : 'new')
  }
}
