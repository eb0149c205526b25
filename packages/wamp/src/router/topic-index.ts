import type { MatchPolicy } from '../uri.ts'
import { PrefixIndex } from './topic-index-prefixes.ts'
import { WildcardIndex } from './topic-index-wildcards.ts'

/** Topics whose patterns are remembered. */
const FOUND_MAX = 1024

/** Something that waits under a topic or pattern. */
export interface TopicEntry {
  readonly match: MatchPolicy
  readonly topic: string
}

/**
 * Finds the entries a topic matches (Advanced Profile, "Pattern-based Subscription"). What does not match costs next to
 * nothing: see PrefixIndex and WildcardIndex.
 */
export class TopicIndex<E extends TopicEntry> {
  readonly #byPolicy: Readonly<Record<MatchPolicy, Map<string, E>>> = {
    exact: new Map(),
    prefix: new Map(),
    wildcard: new Map(),
  }
  readonly #exact = this.#byPolicy.exact
  readonly #prefixes = new PrefixIndex<E>()
  readonly #wildcards = new WildcardIndex<E>()
  #patterns = 0
  /** What patterns() found since patterns changed last: most topics are published to again and again. */
  readonly #found = new Map<string, readonly E[]>()

  get size(): number {
    return this.#exact.size + this.#patterns
  }

  find(match: MatchPolicy, topic: string): E | undefined {
    return this.#byPolicy[match].get(topic)
  }

  /** The entry under exactly this topic. */
  exact(topic: string): E | undefined {
    return this.#exact.get(topic)
  }

  add(entry: E): void {
    this.#byPolicy[entry.match].set(entry.topic, entry)
    if (entry.match === 'exact') return
    this.#found.clear()
    this.#patterns += 1
    if (entry.match === 'prefix') this.#prefixes.add(entry.topic, entry)
    else this.#wildcards.add(entry.topic, entry)
  }

  remove(entry: E): void {
    if (!this.#byPolicy[entry.match].delete(entry.topic) || entry.match === 'exact') return
    this.#found.clear()
    this.#patterns -= 1
    if (entry.match === 'prefix') this.#prefixes.remove(entry.topic)
    else this.#wildcards.remove(entry.topic)
  }

  /** The patterns that `topic` matches: prefixes, the shortest first, then wildcards. */
  patterns(topic: string): readonly E[] {
    if (this.#patterns === 0) return NONE
    return this.#found.get(topic) ?? this.#search(topic)
  }

  /** All that `topic` matches, the exact entry first. */
  matching(topic: string): readonly E[] {
    const exact = this.#exact.get(topic)
    const patterns = this.patterns(topic)
    return exact ? [exact, ...patterns] : patterns
  }

  #search(topic: string): readonly E[] {
    const found: E[] = []
    this.#prefixes.collect(topic, found)
    this.#wildcards.collect(topic, found)
    if (this.#found.size >= FOUND_MAX) this.#found.clear()
    this.#found.set(topic, found.length === 0 ? NONE : found)
    return found
  }
}

const NONE: readonly never[] = []
