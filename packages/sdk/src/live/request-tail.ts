import type { RequestEntry } from '@sluice/model'
import type { RequestQuery } from '../requests.ts'

type List = (query: RequestQuery) => Promise<RequestEntry[]>

/** more than the log of an account keeps */
const REMEMBERED_MAX = 2000
const PAGE = 100
/** before every entry */
const BEGINNING = '0'

/** The end of a feed's request log: which entry was the last, and what came since. */
export class RequestTail {
  readonly #list: List
  readonly #known = new Set<string>()
  #last: string | null = null

  constructor(list: List) {
    this.#list = list
  }

  /** Begins at the present end of the log. */
  async learnPresent(): Promise<void> {
    const [newest] = await this.#list({ limit: 1 })
    if (newest) this.#remember(newest)
  }

  /** Entries behind the last known one, oldest first; may hold known ones. */
  async readMissed(): Promise<RequestEntry[]> {
    const missed: RequestEntry[] = []
    let after = this.#last ?? BEGINNING
    for (;;) {
      // with `after` a page holds the oldest entries behind it, newest first
      const page = await this.#list({ after, limit: PAGE })
      missed.push(...page.toReversed())
      const newest = page[0]
      if (newest === undefined || page.length < PAGE || missed.length >= REMEMBERED_MAX) return missed
      after = newest.id
    }
  }

  /** Those not known yet, in the same order; known from then on. */
  take(entries: readonly RequestEntry[]): RequestEntry[] {
    return entries.filter((entry) => {
      const isNews = !this.#known.has(entry.id)
      if (isNews) this.#remember(entry)
      return isNews
    })
  }

  #remember({ id }: RequestEntry): void {
    this.#known.add(id)
    if (this.#last === null || isBehind(id, this.#last)) this.#last = id
    for (const oldest of this.#known) {
      if (this.#known.size <= REMEMBERED_MAX) return
      this.#known.delete(oldest)
    }
  }
}

/** Ids grow with time: as numbers, so the longer is the later, and of equal length the text decides. */
function isBehind(id: string, last: string): boolean {
  return id.length === last.length ? id > last : id.length > last.length
}
