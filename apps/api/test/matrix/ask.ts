import type { Caller } from './principals.ts'
import type { Deed, Thing } from './rules.ts'
import type { Ids, Marks } from './subject.ts'

/** Where the id stands that is asked about. */
export type Place = 'path' | 'query' | 'body' | 'bulk' | 'cursor' | 'format' | 'none'

/** One way of asking a route about something. */
export type Ask = {
  on: Thing
  deed: Deed
  place: Place
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** where it is not the route's */
  method?: string
  /** what it is answered where the thing is hidden; 404 unless given */
  missing?: number
  /** what it is answered where it is served, if not with success: the request is prepared to do no harm */
  served?: number
  /** what a served answer shows, so that an empty one is none */
  shows?: Exclude<keyof Marks, 'secrets'>
  /** where it is served, there is nothing left to be asked for, or another thing than before; DELETE's way unless given */
  isFinal?: boolean
  /** only HTTP has it */
  isHttpOnly?: true
}

/**
 * How a route is asked: for the same things with every set of ids, in the same order.
 * @param caller whose own things stand beside the ids of others
 */
export type Asking = (ids: Ids, caller: Caller) => Ask[]

type Rest = Partial<Omit<Ask, 'on' | 'deed' | 'path'>>
/** Asks for something by a path. */
export const ask = (on: Thing, deed: Deed, path: string, rest: Rest = {}): Ask => ({
  on,
  deed,
  place: 'path',
  path,
  ...rest,
})
