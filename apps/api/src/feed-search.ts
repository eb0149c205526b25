import { DATASTREAM_ID, LIMITS, SluiceError, visibleDatastreams, type Permission, type Principal } from '@sluice/model'
import type { FeedQuery } from '@sluice/store'
import { clamped } from './history-window.ts'
import { isYes } from './read-feed.ts'

type Query = Readonly<Record<string, string | undefined>>

/** What to search for, and how to show what is found. */
export type FeedSearch = {
  query: FeedQuery
  isSummary: boolean
  showUser: boolean
  /** the only datastreams of a found feed to show, null for all */
  shownOf(feed: { id: number; accountId: number }): ReadonlySet<string> | null
}

/** Words of API v2. */
const STATUSES = ['live', 'frozen', 'all'] as const
const ORDERS = ['created_at', 'retrieved_at', 'relevance'] as const
const METRES = { kms: 1000, miles: 1609.344 } as const
/** half way round the earth */
const DISTANCE_KM_MAX = 20_038
const FEED_ID = /^[1-9]\d{0,14}$/

/**
 * The parameters of API v2's "Search feeds". A blank one counts as missing. Unknown words of `status`, `order` and
 * `content` are ignored, as are other parameters, and pages are clamped, because clients send odd things; what would put
 * the search somewhere else on earth is refused.
 * @throws {SluiceError} `unprocessable`: a position or a distance that is none, a text that is too long
 */
export function parseFeedSearch(parameters: Query, principal: Principal): FeedSearch {
  const given = (name: string): string | undefined => storable(name, parameters[name])?.trim() || undefined
  const datastreamIds = given('datastreams') === undefined ? undefined : listed(given('datastreams'))
  const texts = {
    q: limited('q', given('q'), LIMITS.searchCharsMax),
    tag: limited('tag', given('tag'), LIMITS.tagsCharsMax),
    units: limited('units', given('units'), LIMITS.labelCharsMax),
    user: given('user')?.toLowerCase(),
    status: wordOf(STATUSES, given('status')),
    order: wordOf(ORDERS, given('order')),
    near: circleOf(given),
    // an id that no datastream can have finds nothing
    datastreamIds: datastreamIds?.filter((id) => DATASTREAM_ID.test(id)),
  }
  return {
    query: {
      viewerAccountId: principal.accountId,
      page: clamped(given('page'), 1, Number.MAX_SAFE_INTEGER / LIMITS.perPageMax),
      perPage: clamped(given('per_page'), LIMITS.perPageDefault, LIMITS.perPageMax),
      ...known(texts),
      ...(isYes(given('mapped')) && { isMapped: true }),
      ...reachOf(principal, given('feeds')),
    },
    isSummary: given('content')?.toLowerCase() === 'summary',
    showUser: isYes(given('show_user')),
    shownOf(feed) {
      const reached = feed.accountId === principal.accountId ? visibleDatastreams(principal, 'get', feed.id) : null
      if (!datastreamIds) return reached
      return new Set(reached ? datastreamIds.filter((id) => reached.has(id)) : datastreamIds)
    },
  }
}

/**
 * Which feeds and datastreams a search may find. A key that is bound to feeds finds those alone, because a search cannot
 * mix them with all public ones without counting what the key may not see.
 */
function reachOf(
  principal: Principal,
  asked: string | undefined,
): Pick<FeedQuery, 'seesPrivate' | 'feedIds' | 'narrowed'> {
  const wanted = asked === undefined ? null : listed(asked).flatMap((id) => (FEED_ID.test(id) ? Number(id) : []))
  if (principal.kind === 'owner') return { seesPrivate: true, ...(wanted && { feedIds: wanted }) }
  const named = feedIdsOf(principal.permissions)
  const narrowed = new Map<number, ReadonlySet<string>>()
  for (const feedId of named) {
    const ids = visibleDatastreams(principal, 'get', feedId)
    if (ids) narrowed.set(feedId, ids)
  }
  const { seesPrivate, bound } = privateFeedsOf(principal)
  const feedIds = wanted && bound ? wanted.filter((id) => bound.has(id)) : (wanted ?? (bound && [...bound]))
  return { seesPrivate, ...(feedIds && { feedIds }), ...(narrowed.size > 0 && { narrowed }) }
}

function privateFeedsOf(principal: Principal & { kind: 'key' }): { seesPrivate: boolean; bound: Set<number> | null } {
  const readable = principal.permissions.filter(({ accessMethods }) => accessMethods.includes('get'))
  if (!principal.privateAccess || readable.length === 0) return { seesPrivate: false, bound: null }
  if (readable.some(({ resources }) => !resources || resources.length === 0)) return { seesPrivate: true, bound: null }
  return { seesPrivate: true, bound: new Set(feedIdsOf(readable)) }
}

/** Feeds that permissions name; one that names a trigger gives nothing of its feed. */
function feedIdsOf(permissions: readonly Permission[]): number[] {
  return permissions
    .flatMap(({ resources }) => resources ?? [])
    .flatMap(({ feedId, triggerId }) => (triggerId === undefined ? (feedId ?? []) : []))
}

/** `lat`, `lon` and `distance`; Xively4J calls the unit `distance_unit`. */
function circleOf(given: (name: string) => string | undefined): FeedQuery['near'] {
  const [lat, lon, distance] = [given('lat'), given('lon'), given('distance')]
  if (lat === undefined && lon === undefined && distance === undefined) return undefined
  if (lat === undefined || lon === undefined || distance === undefined) {
    throw new SluiceError('unprocessable', 'lat, lon and distance have to be given together')
  }
  const unit = unitOf(given('distance_units') ?? given('distance_unit') ?? 'kms')
  const max = Math.floor((DISTANCE_KM_MAX * METRES.kms) / METRES[unit])
  return {
    lat: numberFrom('lat', lat, { min: -90, max: 90 }),
    lon: numberFrom('lon', lon, { min: -180, max: 180 }),
    distanceM: numberFrom('distance', distance, { min: 0, max, unit }) * METRES[unit],
  }
}

function unitOf(text: string): keyof typeof METRES {
  const word = text.toLowerCase()
  if (word === 'kms' || word === 'km') return 'kms'
  if (word === 'miles' || word === 'mile') return 'miles'
  throw new SluiceError('unprocessable', 'distance_units must be kms or miles')
}

function numberFrom(
  name: string,
  text: string,
  { min, max, unit }: { min: number; max: number; unit?: string },
): number {
  const number = Number(text)
  if (number >= min && number <= max) return number
  throw new SluiceError('unprocessable', `${name} must be a number from ${min} to ${max}${unit ? ` ${unit}` : ''}`)
}

/** @throws {SluiceError} `unprocessable`: text that Postgres cannot hold, so that nothing there can be like it */
function storable(name: string, text: string | undefined): string | undefined {
  if (text === undefined || (!text.includes('\0') && text.isWellFormed())) return text
  throw new SluiceError('unprocessable', `${name} contains a NUL character or half of a character pair`)
}

function limited(name: string, text: string | undefined, charsMax: number): string | undefined {
  if (text === undefined || text.length <= charsMax) return text
  throw new SluiceError('unprocessable', `${name} is too long (maximum is ${charsMax} characters)`)
}

const wordOf = <Word extends string>(words: readonly Word[], text: string | undefined): Word | undefined =>
  words.find((word) => word === text?.toLowerCase())

const listed = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Without the members that are undefined. */
function known<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
