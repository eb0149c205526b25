import { covers } from '../auth/patterns.ts'
import type { MatchPolicy } from '../uri.ts'
import type { Publication } from './broker-publication.ts'
import type { HistoryRule } from './options.ts'

/** A publication as it is kept, and when it came, in ms since 1970. */
export interface Kept {
  readonly publication: Publication
  readonly at: number
}

/** Payload of one log where its rule names no limit. */
const BYTES_MAX = 64 * 2 ** 20
/** What a kept publication costs besides its payload, roughly. */
const OVERHEAD_BYTES = 256
/** Entries given up are cut off when there are so many of them, and not one by one. */
const SLACK_MIN = 256

/** What one rule keeps of the publications it matches, in order (Advanced Profile, "Event History"). */
export class EventLog {
  readonly rule: HistoryRule
  readonly #now: () => number
  #entries: Kept[] = []
  /** Entries before this are given up. */
  #start = 0
  #bytes = 0
  /** The last one given up: all that came after it is here. */
  #lastGone = 0

  constructor(rule: HistoryRule, now: () => number) {
    this.rule = rule
    this.#now = now
  }

  /** Whether it has all that the topic or pattern matches. */
  covers(uri: string, match: MatchPolicy): boolean {
    return covers({ uri: this.rule.topic, match: this.rule.match }, { uri, match })
  }

  /** Keeps a publication, unless it was for or not for certain sessions: their ids mean nobody later. */
  record(publication: Publication): void {
    if (publication.terms?.audience?.namesSessions) return
    const kept = { ...publication, payload: publication.payload.compact() }
    this.#entries.push({ publication: kept, at: this.#now() })
    this.#bytes += sizeOf(kept)
    this.#trim()
  }

  /** Oldest first. */
  entries(): readonly Kept[] {
    this.#trim()
    return this.#start === 0 ? this.#entries : this.#entries.slice(this.#start)
  }

  /**
   * Where a publication stands in entries().
   * @returns -1 for the last one that was given up, null if it is not known
   */
  position(publication: number): number | null {
    this.#trim()
    for (let at = this.#entries.length - 1; at >= this.#start; at -= 1)
      if (this.#entries[at]?.publication.id === publication) return at - this.#start
    return publication === this.#lastGone ? -1 : null
  }

  #trim(): void {
    const { eventsMax, bytesMax = BYTES_MAX, ageSMax = Infinity } = this.rule
    const oldest = this.#now() - ageSMax * 1000
    for (;;) {
      const first = this.#entries[this.#start]
      if (!first) break
      const isOver = this.#entries.length - this.#start > eventsMax || this.#bytes > bytesMax || first.at < oldest
      if (!isOver) break
      this.#start += 1
      this.#bytes -= sizeOf(first.publication)
      this.#lastGone = first.publication.id
    }
    if (this.#start < SLACK_MIN || this.#start * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#start = 0
  }
}

export function sizeOf({ payload }: Publication): number {
  return payload.size + OVERHEAD_BYTES
}
