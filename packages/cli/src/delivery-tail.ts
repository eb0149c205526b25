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
  /** id → when it fired, ms; of those that the list may show again as news */
  readonly #known = new Map<string, { number: number; firedMs: number }>()
  #newest = { number: 0, firedMs: -Infinity }

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
      const firedMs = Date.parse(firedAt)
      newestMs ??= firedMs
      return firedMs < Math.min(fromMs, newestMs - COMMIT_MS_MAX)
    })
    const isNews = ({ fired_at: firedAt }: DeliveryDocument): boolean => Date.parse(firedAt) >= fromMs
    for (const delivery of read.deliveries) this.#remember(delivery)
    this.#readUpTo(read.deliveries)
    return { ...read, deliveries: read.deliveries.filter(isNews) }
  }

  /** What the list has and nobody took yet; known from then on. */
  async readMissed(): Promise<Missed> {
    const { number: newest, firedMs } = this.#newest
    const read = await this.#read(
      (delivery) => delivery.number <= newest && Date.parse(delivery.fired_at) < firedMs - COMMIT_MS_MAX,
    )
    const missed = this.take(read.deliveries)
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

  async #read(isOld: (delivery: DeliveryDocument) => boolean): Promise<Missed> {
    const newestFirst: DeliveryDocument[] = []
    let limit = FIRST_PAGE
    let before: number | undefined
    for (;;) {
      const page = await this.#list({ limit, ...(before === undefined ? {} : { before }) })
      newestFirst.push(...page.filter((delivery) => !isOld(delivery)))
      const last = page.at(-1)
      if (last === undefined || page.length < limit || isOld(last)) break
      if (newestFirst.length >= MISSED_MAX) return { deliveries: newestFirst.toReversed(), isComplete: false }
      before = last.number
      limit = PAGE
    }
    return { deliveries: newestFirst.toReversed(), isComplete: true }
  }

  #remember({ id, number, fired_at: firedAt }: DeliveryDocument): void {
    this.#known.set(id, { number, firedMs: Date.parse(firedAt) })
  }

  /** Forgets what the list will not be asked for again. */
  #readUpTo(oldestFirst: readonly DeliveryDocument[]): void {
    const last = oldestFirst.at(-1)
    if (last === undefined || last.number < this.#newest.number) return
    this.#newest = { number: last.number, firedMs: Date.parse(last.fired_at) }
    for (const [id, { number, firedMs }] of this.#known) {
      if (number <= this.#newest.number && firedMs < this.#newest.firedMs - COMMIT_MS_MAX) this.#known.delete(id)
    }
  }
}
