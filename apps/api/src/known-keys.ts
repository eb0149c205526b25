import { isConstrained, isWellFormedKey } from '@sluice/model'
import type { KeyPrincipal } from '@sluice/model'
import { unauthorized } from './problem.ts'

const PRINCIPALS_MAX = 10_000
/** How long a deleted or changed key may go on working on another node. */
const PRINCIPAL_MS_MAX = 5_000

/** What is remembered of a key by its text; `principal` once the look-up has answered. */
export type KnownKey = {
  principal: KeyPrincipal | null
  /** whether its permissions state more than methods and resources: decided once, not with every request */
  isConstrained: boolean
  asked: Promise<KeyPrincipal | null>
  until: number
}
export type KnownKeys = {
  /**
   * Requests that arrive during a look-up wait for the same one.
   * @throws {SluiceError} `unauthorized` for a malformed key, which is not looked up
   */
  get(key: string, now: number): KnownKey
  forgetAccount(accountId: number): void
}

/** Keys as they were a few seconds ago at most: every request asks for one. */
export function makeKnownKeys(findPrincipal: (key: string) => Promise<KeyPrincipal | null>): KnownKeys {
  const known = new Map<string, KnownKey>()

  const lookUp = async (key: string, entry: KnownKey): Promise<KeyPrincipal | null> => {
    try {
      const principal = await findPrincipal(key)
      entry.isConstrained = principal !== null && isConstrained(principal)
      entry.principal = principal
      return principal
    } finally {
      // a failure or an unknown key is not remembered: both may be mended the next moment
      if (!entry.principal && known.get(key) === entry) known.delete(key)
    }
  }
  return {
    get(key, now) {
      const found = known.get(key)
      if (found && found.until >= now) return found
      if (!isWellFormedKey(key)) throw unauthorized()
      const until = now + PRINCIPAL_MS_MAX
      const entry: KnownKey = { principal: null, isConstrained: false, asked: NO_ANSWER, until }
      remember(known, key, entry)
      entry.asked = lookUp(key, entry)
      return entry
    },
    forgetAccount(accountId) {
      for (const [key, { principal }] of known) {
        // what a look-up under way will find may be of before the change
        if (!principal || principal.accountId === accountId) known.delete(key)
      }
    },
  }
}

const NO_ANSWER = Promise.resolve(null)

function remember(known: Map<string, KnownKey>, key: string, entry: KnownKey): void {
  known.delete(key)
  known.set(key, entry)
  if (known.size > PRINCIPALS_MAX) {
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }
}
