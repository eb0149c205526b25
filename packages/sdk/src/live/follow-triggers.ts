import type { TriggerEvent } from '@sluice/model'
import { ERROR, WampError } from '@sluice/wamp'
import type { Session, Subscription } from '@sluice/wamp'
import { ApiError } from '../api-error.ts'
import type { LiveFeed, LiveStatus } from './handlers.ts'
import type { Follower, Link } from './link.ts'

export type TriggerHandlers = {
  /** A firing of any trigger of the account, or a change of its delivery. */
  onTrigger(event: TriggerEvent): void
  /** `live`: from now on nothing is missed. What came before, or in between, is in the lists: read them again. */
  onStatus?(status: LiveStatus): void
  /** `status` 401 or 403: this key may not; anything else is tried again */
  onError?(error: ApiError): void
}

/** every feed of the account; the empty component is WAMP's wildcard */
const PATTERN = 'sluice.feed..trigger'
/** a topic of the same kind that a heartbeat may name: no feed has this number */
const PROBE = 'sluice.feed.999999999999999.trigger'

/**
 * Follows the triggers of a whole account. The pattern is for those who may read everything: the owner, and keys that
 * are bound to no feed and see private ones.
 */
export function followTriggers(link: Link, handlers: TriggerHandlers): LiveFeed {
  const follower = new FollowedTriggers(handlers)
  handlers.onStatus?.('connecting')
  const unfollow = link.follow(follower)
  return {
    close() {
      unfollow()
      follower.close()
    },
  }
}

class FollowedTriggers implements Follower {
  readonly topic = PROBE
  readonly #handlers: TriggerHandlers
  #subscription: Subscription | null = null
  /** counts connections, so that what an earlier one still says is not heard */
  #turn = 0
  #isLive = false

  constructor(handlers: TriggerHandlers) {
    this.#handlers = handlers
  }

  joined(session: Session): void {
    void this.#subscribe(session, ++this.#turn)
  }

  lost(): void {
    this.#turn++
    this.#subscription = null
    if (this.#isLive) this.#handlers.onStatus?.('reconnecting')
    this.#isLive = false
  }

  refused(error: ApiError): void {
    this.#handlers.onError?.(error)
  }

  close(): void {
    this.#turn++
    void this.#subscription?.unsubscribe().catch(() => {})
    this.#subscription = null
  }

  async #subscribe(session: Session, turn: number): Promise<void> {
    try {
      const hear = (event: unknown, dropped: number): void => {
        if (turn !== this.#turn) return
        // the bus lost events before this one: what they said is in the lists
        if (dropped > 0 && this.#isLive) this.#handlers.onStatus?.('reconnecting')
        if (dropped > 0 && this.#isLive) this.#handlers.onStatus?.('live')
        this.#handlers.onTrigger(event as TriggerEvent)
      }
      const subscription = await session.subscribe(PATTERN, ([event], _kwargs, { dropped }) => hear(event, dropped), {
        match: 'wildcard',
      })
      if (turn !== this.#turn) {
        await subscription.unsubscribe().catch(() => {})
        return
      }
      this.#subscription = subscription
      this.#isLive = true
      this.#handlers.onStatus?.('live')
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      const status = error instanceof WampError && error.uri === ERROR.notAuthorized ? 403 : 0
      if (turn === this.#turn) this.refused(new ApiError(status, 'No live connection', [words], { cause: error }))
    }
  }
}
