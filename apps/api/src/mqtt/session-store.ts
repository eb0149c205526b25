import { Readable } from 'node:stream'
import type { PublishPacket, Subscription } from 'aedes'

/** How long a session that is to be kept (MQTT 3.1.1 §3.1.2.4) waits for its client. */
const WAIT_MS_MAX = 10 * 60_000
/** What the waiting sessions of one account may weigh together, in characters; the oldest go first. */
const WAITING_CHARS_MAX = 1_048_576
/** What a session weighs beside its topics. */
const SESSION_CHARS = 256
/** Tells the broker that there is a session, because it judges by subscriptions alone. */
export const PRESENT: Readonly<Subscription> = Object.freeze({ topic: '$sluice/session', qos: 0 })

/** A client, as far as its session depends on it: ids begin with their account and a blank. */
export type Holder = { readonly id: string; readonly clean: boolean }
type Kept = {
  holder: Holder | null
  /** whether the holder came back to it */
  isPresent: boolean
  readonly topics: Set<string>
  /** QoS 2 publishes that were stored and not released yet */
  readonly unreleased: Set<number>
  /** ms, when it is forgotten; null while the client is there */
  until: number | null
}

export type SessionStore = {
  /** begins a session, or goes on with the kept one */
  enter(client: Holder): void
  /** the connection is gone: a session that is not to be kept ends, another waits for its client */
  leave(client: Holder): void
  remember(client: Holder, topic: string): void
  forget(client: Holder, topics: readonly string[]): void
  /** the topics of a session that was kept */
  topics(client: Holder): string[]
  unreleased(client: Holder): ReadonlySet<number>
  /** forgets what waited too long */
  tidy(): void
  /** what aedes asks for by this name */
  persistence: object
}

/**
 * Sessions of MQTT clients, in memory: to which topics they are subscribed, and which QoS 2 publishes they have not
 * released. The broker keeps nothing else, because nothing is retained and nothing waits for a client.
 * @param now ms
 */
export function makeSessionStore(now: () => number): SessionStore {
  const sessions = new Map<string, Kept>()
  /** Also where another connection holds the session by now: what was stored of the older one counts for both. */
  const joined = new WeakMap<Holder, Kept>()
  const waiting = new Map<string, Set<string>>()

  const wait = (id: string): void => {
    const ids = waiting.get(accountOf(id)) ?? new Set()
    waiting.set(accountOf(id), ids.add(id))
    let chars = 0
    for (const each of [...ids].toReversed()) {
      chars += weightOf(sessions.get(each))
      if (chars > WAITING_CHARS_MAX) drop(each)
    }
  }
  const wake = (id: string): void => {
    const ids = waiting.get(accountOf(id))
    if (ids?.delete(id) && ids.size === 0) waiting.delete(accountOf(id))
  }
  const drop = (id: string): void => {
    wake(id)
    sessions.delete(id)
  }

  return {
    enter(client) {
      const { id } = client
      const before = sessions.get(id)
      const isOver = !before || client.clean || before.holder?.clean === true || (before.until ?? Infinity) <= now()
      const fresh: Kept = { holder: null, isPresent: false, topics: new Set(), unreleased: new Set(), until: null }
      const kept = isOver ? fresh : before
      wake(id)
      Object.assign(kept, { holder: client, isPresent: !isOver, until: null })
      sessions.set(id, kept)
      joined.set(client, kept)
    },
    leave(client) {
      const kept = joined.get(client)
      // another connection may have taken it over, or have begun another one in its place
      if (kept?.holder !== client || sessions.get(client.id) !== kept) return
      if (client.clean) return drop(client.id)
      Object.assign(kept, { holder: null, until: now() + WAIT_MS_MAX })
      wait(client.id)
    },
    remember: (client, topic) => void joined.get(client)?.topics.add(topic),
    forget(client, topics) {
      for (const topic of topics) joined.get(client)?.topics.delete(topic)
    },
    topics: (client) => [...(joined.get(client)?.topics ?? [])],
    unreleased: (client) => joined.get(client)?.unreleased ?? new Set(),
    tidy() {
      for (const ids of waiting.values())
        for (const id of ids) if ((sessions.get(id)?.until ?? Infinity) <= now()) drop(id)
    },
    persistence: makePersistence(
      (client) => joined.get(client)?.unreleased ?? new Set(),
      (id) => sessions.get(id)?.isPresent ?? false,
    ),
  }
}

const accountOf = (id: string): string => id.slice(0, id.indexOf(' '))

function weightOf(kept: Kept | undefined): number {
  let chars = SESSION_CHARS + 8 * (kept?.unreleased.size ?? 0)
  for (const topic of kept?.topics ?? []) chars += topic.length
  return chars
}

type Sent = Pick<PublishPacket, 'messageId'>

/** What of aedes' persistence has a meaning here: inbound QoS 2 (MQTT 3.1.1 §4.3.3), and whether there is a session. */
function makePersistence(unreleased: (client: Holder) => Set<number>, isPresent: (id: string) => boolean): object {
  const nothing = async (): Promise<void> => {}
  const none = (): Readable => Readable.from([])
  return {
    setup: nothing,
    subscriptionsByClient: async ({ id }: { id: string }): Promise<Readonly<Subscription>[]> =>
      isPresent(id) ? [PRESENT] : [],
    subscriptionsByTopic: async (): Promise<never[]> => [],
    incomingStorePacket: async (client: Holder, { messageId = 0 }: Sent): Promise<void> =>
      void unreleased(client).add(messageId),
    async incomingGetPacket(client: Holder, { messageId = 0 }: Sent): Promise<Sent> {
      if (unreleased(client).has(messageId)) return { messageId }
      throw new Error('no such packet')
    },
    incomingDelPacket: async (client: Holder, { messageId = 0 }: Sent): Promise<void> =>
      void unreleased(client).delete(messageId),
    createRetainedStreamCombi: none,
    outgoingStream: none,
    streamWill: none,
    storeRetained: nothing,
    addSubscriptions: nothing,
    removeSubscriptions: nothing,
    cleanSubscriptions: nothing,
    cleanIncoming: nothing,
    outgoingEnqueue: nothing,
    outgoingEnqueueCombi: nothing,
    outgoingUpdate: nothing,
    outgoingClearMessageId: nothing,
    putWill: nothing,
    delWill: nothing,
  }
}
