import type { MatchPolicy } from '../uri.ts'
import { PrefixIndex } from './topic-index-prefixes.ts'
import { WildcardIndex } from './topic-index-wildcards.ts'

/** Something that is registered under a procedure or pattern. */
export interface ProcedureEntry {
  readonly match: MatchPolicy
  readonly uri: string
}

/**
 * Finds the one registration a call goes to (Advanced Profile, "Pattern-based Registrations"): the exact one, else the
 * longest prefix, else the wildcard pattern with the longest fixed portion before its first wildcard, and among equals
 * the longest after it, and so on.
 */
export class ProcedureIndex<E extends ProcedureEntry> {
  readonly #maps: Record<MatchPolicy, Map<string, E>> = { exact: new Map(), prefix: new Map(), wildcard: new Map() }
  readonly #exact = this.#maps.exact
  readonly #prefixes = new PrefixIndex<E>()
  readonly #wildcards = new WildcardIndex<E>()

  find(match: MatchPolicy, uri: string): E | undefined {
    return this.#maps[match].get(uri)
  }

  add(entry: E): void {
    const { match, uri } = entry
    this.#maps[match].set(uri, entry)
    if (match === 'prefix') this.#prefixes.add(uri, entry)
    else if (match === 'wildcard') this.#wildcards.add(uri, entry)
  }

  remove({ match, uri }: E): void {
    this.#maps[match].delete(uri)
    if (match === 'prefix') this.#prefixes.remove(uri)
    else if (match === 'wildcard') this.#wildcards.remove(uri)
  }

  best(uri: string): E | undefined {
    return this.#exact.get(uri) ?? this.#bestPattern(uri)
  }

  #bestPattern(uri: string): E | undefined {
    const found: E[] = []
    if (this.#maps.prefix.size > 0) this.#prefixes.collect(uri, found)
    // of two prefixes of one URI the longer one has at least as many components
    if (found.length > 0) return found[found.length - 1]
    // fixed components come first: where two patterns differ, the one that is fixed has the longer portion
    if (this.#maps.wildcard.size > 0) this.#wildcards.collect(uri, found)
    return found[0]
  }
}
