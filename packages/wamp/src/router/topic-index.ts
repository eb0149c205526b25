import { type MatchPolicy, matches } from '../uri.ts'

/** Something that waits under a topic or pattern. */
export interface TopicEntry {
  readonly match: MatchPolicy
  readonly topic: string
}

/**
 * Finds the entries a topic matches: exact ones by one look-up, prefixes by one look-up per distinct prefix length,
 * wildcards by comparing those with as many components as the topic.
 */
export class TopicIndex<E extends TopicEntry> {
  readonly #exact = new Map<string, E>()
  readonly #prefix = new Map<string, E>()
  readonly #prefixLengths = new Map<number, number>()
  readonly #wildcard = new Map<string, E>()
  readonly #wildcardsBySize = new Map<number, Set<E>>()

  get size(): number {
    return this.#exact.size + this.#prefix.size + this.#wildcard.size
  }

  find(match: MatchPolicy, topic: string): E | undefined {
    return this.#mapOf(match).get(topic)
  }

  add(entry: E): void {
    this.#mapOf(entry.match).set(entry.topic, entry)
    if (entry.match === 'prefix') {
      const length = entry.topic.length
      this.#prefixLengths.set(length, (this.#prefixLengths.get(length) ?? 0) + 1)
    } else if (entry.match === 'wildcard') {
      const size = componentsOf(entry.topic)
      const same = this.#wildcardsBySize.get(size)
      if (same) same.add(entry)
      else this.#wildcardsBySize.set(size, new Set([entry]))
    }
  }

  remove(entry: E): void {
    this.#mapOf(entry.match).delete(entry.topic)
    if (entry.match === 'prefix') {
      const length = entry.topic.length
      const left = (this.#prefixLengths.get(length) ?? 1) - 1
      if (left === 0) this.#prefixLengths.delete(length)
      else this.#prefixLengths.set(length, left)
    } else if (entry.match === 'wildcard') {
      const size = componentsOf(entry.topic)
      const same = this.#wildcardsBySize.get(size)
      same?.delete(entry)
      if (same?.size === 0) this.#wildcardsBySize.delete(size)
    }
  }

  /** Calls `visit` for every entry that `topic` matches, the exact one first. */
  match(topic: string, visit: (entry: E) => void): void {
    const exact = this.#exact.get(topic)
    if (exact) visit(exact)
    for (const length of this.#prefixLengths.keys()) {
      const entry = length <= topic.length ? this.#prefix.get(topic.slice(0, length)) : undefined
      if (entry) visit(entry)
    }
    if (this.#wildcard.size === 0) return
    for (const entry of this.#wildcardsBySize.get(componentsOf(topic)) ?? [])
      if (matches('wildcard', entry.topic, topic)) visit(entry)
  }

  #mapOf(match: MatchPolicy): Map<string, E> {
    if (match === 'exact') return this.#exact
    return match === 'prefix' ? this.#prefix : this.#wildcard
  }
}

function componentsOf(topic: string): number {
  let count = 1
  for (let at = topic.indexOf('.'); at >= 0; at = topic.indexOf('.', at + 1)) count += 1
  return count
}
