import { formatTimestamp, parseTimestamp } from '@sluice/model'
import type { DatapointEvent } from '@sluice/model'

/** Points of one feed that are remembered for telling new from known; at 100 bytes or so each. */
const REMEMBERED_MAX = 20_000
/** by how much more before the oldest are sorted out */
const SLACK = 1.25

/**
 * What a follower of one feed knows already, and so what of events and history is news. A point is known by datastream,
 * `at` and value: another value at the same `at` replaces the point and is news.
 *
 * The newest 20,000 points (by `at`) are remembered one by one. What is older is forgotten behind a floor for each datastream:
 * history at or below the floor counts as known. Events are never held against the floor, so late points still come.
 */
export class Timeline {
  /** at and datastream → last value */
  readonly #values = new Map<string, string>()
  readonly #newest = new Map<string, string>()
  readonly #floors = new Map<string, string>()
  readonly #commonFloor: string | null
  readonly #rememberedMax: number

  /** @param since everything of every datastream up to this `at` is known */
  constructor(since: string | null, rememberedMax = REMEMBERED_MAX) {
    this.#commonFloor = since
    this.#rememberedMax = rememberedMax
  }

  /** `at` of the newest point known of a datastream, null for none. */
  newest(datastream: string): string | null {
    return this.#newest.get(datastream) ?? this.#commonFloor
  }

  /** Datastreams seen so far. */
  get datastreams(): number {
    return this.#newest.size
  }

  /** Counts points as known without delivering them. */
  learn(points: readonly DatapointEvent[]): void {
    for (const point of points) this.#remember(point)
  }

  /** Counts a datastream's history up to `at` as known. */
  learnUpTo(datastream: string, at: string): void {
    if (at > (this.#floors.get(datastream) ?? '')) this.#floors.set(datastream, at)
    if (at > (this.#newest.get(datastream) ?? '')) this.#newest.set(datastream, at)
  }

  /** What is news in events that arrived in this order, in the same order; known from then on. */
  takeEvents(events: readonly DatapointEvent[]): DatapointEvent[] {
    return events.filter((event) => {
      const isNews = this.#values.get(nameOf(event)) !== event.value
      if (isNews) this.#remember(event)
      return isNews
    })
  }

  /**
   * What is news in history and in the events that arrived since the subscription stood, each point once, in order of
   * `at`; known from then on. Of several values at one `at` the archive's comes first unless an event brought it too.
   */
  takeMissed(history: readonly DatapointEvent[], events: readonly DatapointEvent[]): DatapointEvent[] {
    const arrived = new Set(events.map((event) => `${nameOf(event)} ${event.value}`))
    const missed = history.filter(
      (point) =>
        point.at > (this.#floors.get(point.datastream) ?? this.#commonFloor ?? '') &&
        !arrived.has(`${nameOf(point)} ${point.value}`),
    )
    return this.takeEvents([...missed, ...events].sort(byAt))
  }

  #remember(point: DatapointEvent): void {
    this.#values.set(nameOf(point), point.value)
    if (point.at > (this.#newest.get(point.datastream) ?? '')) this.#newest.set(point.datastream, point.at)
    if (this.#values.size > this.#rememberedMax * SLACK) this.#forgetOldest()
  }

  /** Oldest by `at`, not by arrival: one point from a clock that is ahead must not lift the floor over the present. */
  #forgetOldest(): void {
    const names = [...this.#values.keys()].sort()
    for (const name of names.slice(0, names.length - this.#rememberedMax)) {
      this.#values.delete(name)
      const blank = name.indexOf(' ')
      this.learnUpTo(name.slice(blank + 1), name.slice(0, blank))
    }
  }
}

// neither a time of ours nor a datastream id contains a blank
const nameOf = (point: DatapointEvent): string => `${point.at} ${point.datastream}`

/** Times in the one form of `canonical` compare as text. */
function byAt(left: DatapointEvent, right: DatapointEvent): number {
  if (left.at === right.at) return 0
  return left.at < right.at ? -1 : 1
}

/** Any ISO 8601 time as UTC with six digits, null for what is none. */
export function canonical(at: string): string | null {
  const micros = parseTimestamp(at)
  return micros === null ? null : formatTimestamp(micros)
}
