import type { Micros } from '@sluice/model'
import type { Dispatch } from '../dispatch.ts'
import type { FeedHub } from './feed-hub.ts'
import type { Keys } from './keys.ts'
import { headersOf, keyOf } from './publish.ts'
import type { Refusal } from './publish.ts'
import { makePusher } from './pusher.ts'
import type { Pusher, PusherParts } from './pusher.ts'
import { showKey } from './sessions.ts'
import type { Session } from './sessions.ts'
import { makeSubscription } from './subscription.ts'
import type { Subscription } from './subscription.ts'
import { hasWildcard, parseTopic, shownBy, TOPIC_CHARS_MAX } from './topic.ts'
import type { Topic } from './topic.ts'

/** Topics that one client may be subscribed to. */
const SUBSCRIPTIONS_MAX = 1000
/** Bytes of what one client reads once, from its reading until its SUBACK. */
const STATES_BYTES_MAX = 4 * 1_048_576
const NO_BODY = Buffer.alloc(0)

export type SubscriberParts = PusherParts & {
  keys: Keys
  dispatch: Dispatch
  hub: FeedHub
  now(): Micros
}
/** The subscriptions of one client. */
export type Subscriber = {
  /**
   * Looks whether the client may read what the topic stands for, and notes it in the request log.
   * @returns 200, or the status that refuses: what is foreign is missing
   */
  open(topic: string): Promise<number>
  has(topic: string): boolean
  /** sends the current states and from now on all updates, once the client knows that it is subscribed */
  begin(topics: readonly string[]): void
  stop(topics: readonly string[]): void
  /** of a publish of this client, which may want to know */
  tellRefusal(refusal: Refusal): void
  leave(): void
}

/** API v2, MQTT: a message with the current state at once, then one for each update of a feed or a datastream. */
export function makeSubscriber(parts: SubscriberParts, session: Session): Subscriber {
  const pusher = makePusher(parts, session)
  const ours: Ours = { all: new Map(), pusher, hub: parts.hub, look: makeLook(parts, session), stateBytes: 0 }
  /** One after the other: a client must not have all its topics looked up at once. */
  let opening: Promise<unknown> = Promise.resolve()
  let isGone = false

  const stop = (topics: Iterable<string>): void => {
    for (const topic of topics) {
      const subscription = ours.all.get(topic)
      if (subscription) drop(ours, subscription)
    }
  }
  return {
    has: (topic) => ours.all.has(topic),
    async open(text) {
      // the same again is looked up anew, and is not a second one
      stop([text])
      if (isGone || text.includes('\0') || text.length > TOPIC_CHARS_MAX || ours.all.size >= SUBSCRIPTIONS_MAX)
        return 413
      const topic = parseTopic(text)
      const subscription = makeSubscription(text, hasWildcard(text) ? null : shownBy(topic), topic.native === 'refused')
      ours.all.set(text, subscription)
      const reading = opening.then(() => (isGone ? 503 : read(ours, subscription, topic))).catch(() => 500)
      opening = reading
      const status = await reading
      if (status !== 200) drop(ours, subscription)
      return status
    },
    begin(topics) {
      for (const topic of topics) {
        const subscription = ours.all.get(topic)
        if (!subscription?.isOpen || subscription.isBegun) continue
        pusher.begin(subscription)
        keepState(ours, subscription, null)
      }
    },
    stop,
    tellRefusal(refusal) {
      for (const { topic, isRefusals, isBegun } of ours.all.values())
        if (isRefusals && isBegun) pusher.tell(topic, JSON.stringify(refusal))
    },
    leave() {
      isGone = true
      stop(ours.all.keys())
    },
  }
}

type Ours = { all: Map<string, Subscription>; pusher: Pusher; hub: FeedHub; look: Look; stateBytes: number }

async function read(ours: Ours, subscription: Subscription, topic: Topic): Promise<number> {
  const { shown } = subscription
  if (shown && isOne(ours, subscription)) {
    const { hub, pusher } = ours
    subscription.watching = hub.watch(shown.feedId, (news, written) => pusher.hear(subscription, news, written))
  }
  const { status, state, key } = await ours.look(topic)
  const current = (await subscription.watching?.current()) ?? null
  // it may have been unsubscribed meanwhile, or be subscribed to again
  if (status !== 200 || !isOne(ours, subscription)) return status
  if (!keepState(ours, subscription, shown ? null : state)) return 413
  subscription.newest ??= current
  subscription.key = key
  subscription.isOpen = true
  return 200
}

const isOne = ({ all }: Ours, subscription: Subscription): boolean => all.get(subscription.topic) === subscription

/** @returns false where the client has too much waiting already */
function keepState(ours: Ours, subscription: Subscription, state: string | Buffer | null): boolean {
  const bytes = ours.stateBytes - (subscription.state?.length ?? 0) + (state?.length ?? 0)
  if (bytes > STATES_BYTES_MAX) return false
  ours.stateBytes = bytes
  subscription.state = state
  return true
}

function drop(ours: Ours, subscription: Subscription): void {
  subscription.watching?.stop()
  keepState(ours, subscription, null)
  ours.pusher.forget(subscription)
  if (isOne(ours, subscription)) ours.all.delete(subscription.topic)
}

type Look = (topic: Topic) => Promise<{ status: number; state: string | Buffer | null; key: string }>

/** GET, with the key in front of the topic or that of the connection. */
function makeLook(parts: SubscriberParts, session: Session): Look {
  return async (topic) => {
    const key = keyOf(session, topic)
    if (key === null) return { status: 401, state: null, key: '' }
    if (topic.native === 'refused') {
      const principal = await parts.keys.identify(key, session)
      return { status: showKey(session, key, principal) ? 200 : 413, state: null, key }
    }
    const { reply, principal } = await parts.dispatch({
      protocol: 'mqtt',
      // no route has this method
      method: hasWildcard(topic.path) ? 'SUBSCRIBE' : 'GET',
      target: topic.target,
      headers: headersOf(session, key),
      body: NO_BODY,
      remoteAddress: session.address,
      receivedAt: parts.now(),
      loggedAs: { method: 'SUBSCRIBE', path: topic.path },
    })
    const { status, body } = reply
    if (principal?.kind !== 'key') return { status: status === 200 ? 401 : status, state: null, key }
    return { status: showKey(session, key, principal) ? status : 413, state: body, key }
  }
}
