import { LIMITS } from '@sluice/model'
import type { KeyPrincipal } from '@sluice/model'
import type { KeyUse } from '@sluice/store'

/** Who uses a key, as far as it can be known. */
export type KeyClient = {
  /** of the peer; empty where it is not known */
  address: string
  /** what it calls itself: User-Agent, MQTT client id; the protocol stands for one without a name */
  client?: string | undefined
  /** name of what it speaks */
  protocol: string
  /** only browsers send one, and only over HTTP */
  referer?: string | undefined
}
export type KeyUses = {
  /** @param at milliseconds since 1970 */
  note(principal: KeyPrincipal, from: KeyClient, at: number): void
  /** keys used since the last call, each once for each of its texts */
  take(): KeyUse[]
}

type Use = { keyId: number; generation: number; at: number; from: KeyClient }

/** Last uses of keys, kept until they are written: one for each text of a key, so that a flood costs no memory. */
export function makeKeyUses(): KeyUses {
  const newest = new Map<number, Use>()
  /** of texts from before a roll: few keys have one, and not for long */
  const former = new Map<number, Use>()
  return {
    note({ keyId, generation = 0, previousUntil }, from, at) {
      const uses = previousUntil === undefined ? newest : former
      const use = uses.get(keyId)
      if (!use) uses.set(keyId, { keyId, generation, at, from })
      else if (use.at <= at) {
        use.generation = generation
        use.at = at
        use.from = from
      }
    },
    take() {
      const taken = [...former.values(), ...newest.values()].map(useOf)
      former.clear()
      newest.clear()
      return taken
    },
  }
}

function useOf({ keyId, generation, at, from: { address, client, protocol } }: Use): KeyUse {
  // Postgres keeps no NUL in text, and a cut must not leave half of a character pair
  const name = (client ?? '')
    .slice(0, LIMITS.clientCharsMax)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed()
    .trim()
  return { keyId, generation, at: at * 1000, address: address || null, client: name || protocol }
}
