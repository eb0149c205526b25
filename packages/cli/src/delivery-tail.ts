import type { DeliveryDocument } from '@sluice/model'

/** newest first, `before` excluded: GET /v2/deliveries */
type List = (query: { before?: number; limit: number }) => Promise<DeliveryDocument[]>

export type Missed = {
  /** oldest first */
  deliveries: DeliveryDocument[]
  /** false: there were more, older ones */
  isComplete: boolean
}

const FIRST_PAGE = 50
const PAGE = 500
/** of these the newest are taken */
const MISSED_MAX = 10_000
/**
 * Numbers are given out before a commit, so a smaller number may appear after a larger one, this much later at most.
 * Both times are of the database's clock.
 */
const COMMIT_MS_MAX = 30_000

/**
 * The end of an account's list of deliveries: which are known, and which came since. A delivery is news once, whether an
 * event or the list tells of it first.
 */
export class DeliveryTail {
  readonly #list: List
  /** of those above the floor, by id */
  readonly #known = new Map<string, { number: number; firedMs: number }>()
  /** what has this number or a smaller one is old, known or not */
  #floor = 0
  /** largest number that the list has shown */
  #newest = 0

  constructor(list: List) {
    this.#list = list
  }

  /**
   * Begins at the present end, or in the past.
   * @param sinceMs what fired earlier is known already; null: all of now is
   * @returns what fired since
   */
  async begin(sinceMs: number | null): Promise<Missed> {
    const fromMs = sinceMs ?? Infinity
    let newestMs: number | null = null
    const read = await this.#read(({ fired_at: firedAt }) => {
      newestMs ??= Date.parse(firedAt)
      return Date.parse(firedAt) < Math.min(fromMs, newestMs - COMMIT_MS_MAX)
    })
    this.#floor = (read.deliveries[0]?.number ?? 1) - 1
    for (const delivery of read.deliveries) this.#remember(delivery)
    this.#readUpTo(read.deliveries)
    return { ...read, deliveries: read.deliveries.filter(({ fired_at: firedAt }) => Date.parse(firedAt) >= fromMs) }
  }

  /** What the list has and nobody took yet; known from then on. */
  async readMissed(): Promise<Missed> {
    const read = await this.#read(({ number }) => number <= this.#floor)
    const missed = this.take(read.deliveries.filter(({ number }) => number > this.#floor))
    this.#readUpTo(read.deliveries)
    return { ...read, deliveries: missed }
  }

  /** Those not known yet, in the same order; known from then on. */
  take(deliveries: readonly DeliveryDocument[]): DeliveryDocument[] {
    return deliveries.filter((delivery) => {
      if (this.#known.has(delivery.id)) return false
      this.#remember(delivery)
      return true
    })
  }

  /** Whether it fired after what was last read from the list, and nobody took it. */
  isNews({ id, number }: DeliveryDocument): boolean {
    return number > this.#newest && !this.#known.has(id)
  }

  /** The list down to where it gets old, oldest first; the oldest may be older than that. */
  async #read(isOld: (delivery: DeliveryDocument) => boolean): Promise<Missed> {
    const newestFirst: DeliveryDocument[] = []
    let limit = FIRST_PAGE
    let before: number | undefined
    for (;;) {
      const page = await this.#list({ limit, ...(before === undefined ? {} : { before }) })
      newestFirst.push(...page)
      const last = page.at(-1)
      const isComplete = last === undefined || page.length < limit || page.some(isOld)
      if (isComplete || newestFirst.length >= MISSED_MAX) return { deliveries: newestFirst.toReversed(), isComplete }
      before = last.number
      limit = PAGE
    }
  }

  #remember({ id, number, fired_at: firedAt }: DeliveryDocument): void {
    this.#known.set(id, { number, firedMs: Date.parse(firedAt) })
  }

  /** Lifts the floor to where no commit can come late any more; the floor never sinks, whatever the clock does. */
  #readUpTo(oldestFirst: readonly DeliveryDocument[]): void {
    const last = oldestFirst.at(-1)
    if (last === undefined || last.number < this.#newest) return
    this.#newest = last.number
    const settledMs = Date.parse(last.fired_at) - COMMIT_MS_MAX
    for (const { number, firedMs } of this.#known.values()) {
      if (number < this.#newest && firedMs < settledMs) this.#floor = Math.max(this.#floor, number)
    }
    for (const [id, { number }] of this.#known) {
      if (number <= this.#floor) this.#known.delete(id)
    }
  }
}
