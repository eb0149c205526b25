import type { Ask, Asking, Place } from './ask.ts'
import { ASKED_OF_ACCOUNTS } from './asked-account.ts'
import { ASKED_OF_FEEDS } from './asked-feeds.ts'
import { ASKED_OF_TRIGGERS } from './asked-triggers.ts'
import type { Caller, Principal } from './principals.ts'
import { isAboutFeed, verdictBeside, verdictOn } from './rules.ts'
import type { Thing, Verdict } from './rules.ts'
import { nobodys } from './subject.ts'
import type { Ids, Variant } from './subject.ts'
import type { Carrier, WayKind } from './way.ts'

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

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'SUBSCRIBE'])
const VARIANTS: readonly Variant[] = ['private', 'public']

/** All that somebody can ask over a way in. What does not depend on a feed being private is asked once. */
export function casesOf(principal: Principal, way: WayKind): Case[] {
  const cases: Case[] = []
  let turn = principal.name.length
  for (const route of Object.keys(ASKED)) {
    for (const [index, ask] of asksOf(route, nobodys, standIn(principal)).entries()) {
      const method = methodOf(route, ask)
      if (!way.takes(method, ask)) continue
      // where a key stands is taken in turns: what it may do must not depend on it
      const carrier = way.carriers[turn++ % way.carriers.length] ?? 'header'
      const { on, place, isFinal = method === 'DELETE' } = ask
      const asked = { route, index, on, place, carrier, isWrite: !READS.has(method), isFinal }
      for (const variant of isAboutFeed(on) ? VARIANTS : VARIANTS.slice(0, 1)) {
        const situation = { name: principal.name, deed: ask.deed, thing: on, variant }
        const expected = way.name === 'http' ? verdictOn(situation) : verdictBeside(way.name, route, situation)
        cases.push({ principal, ...asked, variant, expected })
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
