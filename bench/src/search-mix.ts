import { ownerOf } from './search-setup.ts'
import { CHANNELS, CITIES, PLACES, TAGS, THINGS } from './search-words.ts'

export type Parameters = Record<string, string | number>

const turn = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
const near = (n: number, distance: number): Parameters => {
  const [, lat, lon] = turn(CITIES, n)
  return { lat, lon, distance }
}

/** Kinds of searches for `GET /v2/feeds`: the parameters of the n-th of each. Other words and places each time. */
export const SEARCHES: Readonly<Record<string, (n: number) => Parameters>> = {
  'a word': (n) => ({ q: turn(THINGS, n).split(' ')[0] ?? '' }),
  'a word of every third feed': (n) => ({ q: turn(['temperature', 'meter', 'percent', 'power'], n) }),
  'the beginning of a word': (n) => ({ q: turn(['boil', 'gree', 'wea', 'te', 'Kü', 'hum'], n) }),
  'two words': (n) => ({ q: `${turn(PLACES, n)} ${turn(CHANNELS, n * 3)[0]}` }),
  'a word that is rare': (n) => ({ q: `${1000 + n * 37}` }),
  'a word of nothing': (n) => ({ q: `zebra${n}` }),
  'a word, most relevant first': (n) => ({ q: turn(['power', 'noise', 'energy', 'water'], n), order: 'relevance' }),
  'a tag': (n) => ({ tag: turn(TAGS, n) }),
  'a unit': (n) => ({ units: turn(CHANNELS, n)[1 + (n % 2)] ?? '' }),
  'an owner': (n) => ({ user: ownerOf(1 + (n % 19)) }),
  live: () => ({ status: 'live' }),
  frozen: () => ({ status: 'frozen' }),
  'last change first': () => ({ order: 'retrieved_at' }),
  'within 25 km': (n) => near(n, 25),
  'within 2,000 miles': (n) => ({ ...near(n, 2000), distance_units: 'miles' }),
  'on the map': () => ({ mapped: 'true' }),
  everything: () => ({ content: 'summary' }),
  'page 40': () => ({ page: 40 }),
  'page 40, last change first': () => ({ page: 40, order: 'retrieved_at' }),
  'live, a tag, on the map': (n) => ({ status: 'live', tag: turn(TAGS, n), mapped: 'true' }),
  'a word and a unit within 500 km': (n) => ({ ...near(n, 500), q: turn(THINGS, n), units: turn(CHANNELS, n)[2] }),
  "an owner's live ones, last change first": (n) => ({
    user: ownerOf(1 + (n % 19)),
    status: 'live',
    order: 'retrieved_at',
  }),
}

export function pathOf(parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value))
  return `/v2/feeds?${query.toString()}`
}
