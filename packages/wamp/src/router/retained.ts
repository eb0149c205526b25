import type { MatchPolicy } from '../uri.ts'
import type { Publication } from './broker-publication.ts'
import { type Member, Subscription } from './broker-subscription.ts'
import { sizeOf } from './history-log.ts'
import type { RealmOptions } from './options.ts'
import type { RouterSession } from './session.ts'
import { topicMatcher } from './topic-matcher.ts'

interface Retained {
  readonly publication: Publication
  /** ms since 1970. */
  readonly expires: number
}

/** What is retained for one topic. */
interface Shelf {
  /** The last event for everybody, if it is not too old. */
  general: Retained | null
  /** Events with black or white lists that came after it, the last of each audience, oldest first. */
  readonly restricted: Retained[]
}

/** Audiences of one topic. */
const RESTRICTED_MAX = 16
/** Topics a subscriber to a pattern gets at once: those that changed last. */
const TOPICS_SENT_MAX = 1000
/** Of all payloads, where options do not say. */
const BYTES_MAX = 64 * 2 ** 20

/** The last event of each topic whose publisher wanted that (Advanced Profile, "Event Retention"). */
export class RetainedEvents {
  readonly #options: RealmOptions['retained']
  readonly #now: () => number
  /** In the order of their last change. */
  readonly #shelves = new Map<string, Shelf>()
  #bytes = 0

  constructor(options: RealmOptions['retained'], now: () => number) {
    this.#options = options
    this.#now = now
  }

  /** Topics something is retained for. */
  get size(): number {
    return this.#shelves.size
  }

  /**
   * Retains a publication in place of what it makes out of date. Where there is no room, the topics that changed longest
   * ago are forgotten.
   * @param ttlS how long; absent: as long as options allow, which is also the most
   */
  put(publication: Publication, ttlS = Infinity): void {
    const { topic, terms, payload } = publication
    const { topicsMax, ttlSMax, bytesMax = BYTES_MAX } = this.#options
    const kept = { ...publication, payload: payload.compact() }
    const expires = this.#now() + Math.min(ttlS, ttlSMax ?? Infinity) * 1000
    const retained: Retained = { publication: kept, expires }
    const shelf = this.#take(topic) ?? { general: null, restricted: [] }
    const audience = terms?.audience ?? null
    if (audience === null) this.#replaceAll(shelf, retained)
    else this.#replaceOne(shelf, retained, audience.key)
    this.#shelves.set(topic, shelf)
    for (const [oldest] of this.#shelves) {
      if (this.#shelves.size <= topicsMax && this.#bytes <= bytesMax) return
      this.#forget(oldest)
    }
  }

  /** Forgets what a publication with the same audience would replace. */
  clear({ topic, terms }: Publication): void {
    const key = terms?.audience?.key
    if (key === undefined) return this.#forget(topic)
    const shelf = this.#shelves.get(topic)
    if (!shelf) return
    this.#drop(shelf, key)
    if (shelf.general === null && shelf.restricted.length === 0) this.#shelves.delete(topic)
  }

  /** For each topic the last event that the session would have got; topics in the order of their last change. */
  newest(session: RouterSession, match: MatchPolicy, topic: string, member: Member): Publication[] {
    const found: Publication[] = []
    const take = (shelf: Shelf | undefined): void => {
      const publication = shelf && this.#newestOn(shelf, session, member)
      if (publication) found.push(publication)
    }
    const isWanted = topicMatcher(match, topic)
    if (match === 'exact') take(this.#shelves.get(topic))
    else for (const [name, shelf] of this.#shelves) if (isWanted(name)) take(shelf)
    return found.slice(-TOPICS_SENT_MAX)
  }

  #newestOn(shelf: Shelf, session: RouterSession, member: Member): Publication | null {
    const now = this.#now()
    for (const { publication, expires } of [...shelf.restricted.toReversed(), shelf.general].filter(
      (it) => it !== null,
    ))
      if (expires > now && publication.excluded !== session.id && Subscription.mayHave(session, member, publication))
        return publication
    return null
  }

  /** What is for everybody makes all before it out of date. */
  #replaceAll(shelf: Shelf, retained: Retained): void {
    for (const { publication } of shelf.restricted.splice(0)) this.#bytes -= sizeOf(publication)
    if (shelf.general) this.#bytes -= sizeOf(shelf.general.publication)
    shelf.general = retained
    this.#bytes += sizeOf(retained.publication)
  }

  #replaceOne(shelf: Shelf, retained: Retained, key: string): void {
    this.#drop(shelf, key)
    if (shelf.restricted.length >= RESTRICTED_MAX) {
      const oldest = shelf.restricted.shift()
      if (oldest) this.#bytes -= sizeOf(oldest.publication)
    }
    shelf.restricted.push(retained)
    this.#bytes += sizeOf(retained.publication)
  }

  #drop({ restricted }: Shelf, key: string): void {
    const at = restricted.findIndex(({ publication }) => publication.terms?.audience?.key === key)
    const [dropped] = at < 0 ? [] : restricted.splice(at, 1)
    if (dropped) this.#bytes -= sizeOf(dropped.publication)
  }

  #take(topic: string): Shelf | undefined {
    const shelf = this.#shelves.get(topic)
    this.#shelves.delete(topic)
    return shelf
  }

  #forget(topic: string): void {
    const shelf = this.#take(topic)
    if (!shelf) return
    for (const { publication } of shelf.restricted) this.#bytes -= sizeOf(publication)
    if (shelf.general) this.#bytes -= sizeOf(shelf.general.publication)
  }
}
