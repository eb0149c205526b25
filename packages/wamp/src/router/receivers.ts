import type { Dict } from '../payload.ts'
import type { SessionInfo } from './authenticator.ts'

const ATTRIBUTES = ['session', 'authid', 'authrole'] as const
type Attribute = (typeof ATTRIBUTES)[number]
const KEYS: Record<Attribute, readonly [exclude: string, eligible: string]> = {
  session: ['exclude', 'eligible'],
  authid: ['exclude_authid', 'eligible_authid'],
  authrole: ['exclude_authrole', 'eligible_authrole'],
}

interface Rule {
  readonly attribute: Attribute
  readonly isWhite: boolean
  readonly values: ReadonlySet<unknown>
}

/**
 * Who may have an event by its publisher's black and white lists (Advanced Profile, "Subscriber Black- and
 * Whitelisting"). All lists are ANDed. A list that is there counts, so an empty white list means nobody.
 */
export class Audience {
  /** Whether a list names sessions, whose ids mean nothing later. */
  readonly namesSessions: boolean
  readonly #rules: readonly Rule[]

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules
    this.namesSessions = rules.some(({ attribute }) => attribute === 'session')
  }

  /** @param options of PUBLISH @returns null if it has no such list */
  static of(options: Dict): Audience | null {
    let rules: Rule[] | null = null
    for (const attribute of ATTRIBUTES) {
      for (const key of KEYS[attribute]) {
        const values = options[key]
        if (!Array.isArray(values)) continue
        rules ??= []
        rules.push({ attribute, isWhite: key === KEYS[attribute][1], values: new Set(values) })
      }
    }
    return rules === null ? null : new Audience(rules)
  }

  /** Equal for equal lists. */
  get key(): string {
    const lists = this.#rules.map(({ attribute, isWhite, values }) => [
      attribute,
      isWhite,
      Array.from(values, String).toSorted((a, b) => (a < b ? -1 : 1)),
    ])
    return JSON.stringify(lists)
  }

  admits(session: SessionInfo): boolean {
    for (const { attribute, isWhite, values } of this.#rules) {
      const value = attribute === 'session' ? session.id : session.identity[attribute]
      if (values.has(value) !== isWhite) return false
    }
    return true
  }
}
