import type { Ask, Asking, Place } from './ask.ts'
import { ASKED_OF_ACCOUNTS } from './asked-account.ts'
import { ASKED_OF_FEEDS } from './asked-feeds.ts'
import { ASKED_OF_TRIGGERS } from './asked-triggers.ts'
import type { Caller, Principal } from './principals.ts'
import { isAboutFeed, verdictOn } from './rules.ts'
import type { Thing, Verdict } from './rules.ts'
import { nobodys } from './subject.ts'
import type { Ids, Variant } from './subject.ts'
import { CARRIERS } from './way.ts'
import type { Carrier } from './way.ts'

/** How each route is asked. A route that is missing here fails the matrix. */
export const ASKED: Readonly<Record<string, Asking>> = {
  ...ASKED_OF_FEEDS,
  ...ASKED_OF_TRIGGERS,
  ...ASKED_OF_ACCOUNTS,
}

/** Somebody asks a route for something in one way. */
export type Case = {
  principal: Principal
  route: string
  /** which of the ways to ask this route */
  index: number
  on: Thing
  place: Place
  variant: Variant
  carrier: Carrier
  expected: Verdict
  /** whether something may change where it is served, so much that nothing else can be asked afterwards */
  isWrite: boolean
  isFinal: boolean
}

const VARIANTS: readonly Variant[] = ['private', 'public']

/**
 * All that somebody can ask. What does not depend on a feed being private is asked once.
 * @param takes which ways to ask a route there are where it is asked
 */
export function casesOf(principal: Principal, takes: (route: string, ask: Ask) => boolean): Case[] {
  const cases: Case[] = []
  let turn = principal.name.length
  for (const route of Object.keys(ASKED)) {
    for (const [index, ask] of asksOf(route, nobodys, standIn(principal)).entries()) {
      if (!takes(route, ask)) continue
      // where a key stands is taken in turns: what it may do must not depend on it
      const carrier = CARRIERS[turn++ % CARRIERS.length] ?? 'header'
      for (const variant of isAboutFeed(ask.on) ? VARIANTS : VARIANTS.slice(0, 1)) {
        const expected = verdictOn(principal.name, ask.deed, ask.on, variant)
        const isWrite = !/^(?:GET|HEAD)$/.test(methodOf(route, ask))
        const { on, place, isFinal = methodOf(route, ask) === 'DELETE' } = ask
        cases.push({ principal, route, index, on, place, variant, carrier, expected, isWrite, isFinal })
      }
    }
  }
  return cases
}

export const asksOf = (route: string, ids: Ids, caller: Caller): Ask[] => ASKED[route]?.(ids, caller) ?? []

export const methodOf = (route: string, { method }: Ask): string => method ?? route.split(' ')[0] ?? ''

/** Whatever a caller is, as far as it decides what can be asked at all. */
const standIn = ({ kind }: Principal): Caller => ({
  ...(kind === 'key' && { key: nobodys.key }),
  password: '',
  feed: 0,
  trigger: 0,
  spare: '',
})
