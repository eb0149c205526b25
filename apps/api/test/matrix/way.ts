import type { Whose } from './world.ts'

/** A request, whatever it goes over. */
export type Sent = {
  method: string
  /** path and query, as they are over HTTP */
  path: string
  key?: string
  /** where the key stands, for ways that have a choice */
  carrier?: Carrier
  cookie?: string
  headers?: Record<string, string>
  body?: unknown
  /** whose request log it is noted in */
  of?: Whose
}
/** Where API v2 and HTTP let a key stand. `both` is another one beside it. */
export const CARRIERS = ['header', 'query', 'basic', 'bearer', 'old header'] as const
export type Carrier = (typeof CARRIERS)[number] | 'both'

export type Answer = { status: number; headers: Readonly<Record<string, string>>; text: string }

/** What there is to a way in, before it is open. */
export type WayKind = {
  name: 'http' | 'socket' | 'mqtt'
  /** where keys stand, in turns */
  carriers: readonly Carrier[]
  /** whether a route can be asked like this */
  takes(method: string, ask: { on: string; place: string; isHttpOnly?: true }): boolean
}
/** A way in: what takes requests of API v2 and answers them. */
export type Way = AsyncDisposable & {
  /** never throws for a refusal: that is an answer, too */
  send(sent: Sent): Promise<Answer>
}

/** Runs through a list with so many under way at once. */
export async function sideBySide<T>(
  items: readonly T[],
  count: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const lane = async (): Promise<void> => {
    for (const item of left) await run(item)
  }
  await Promise.all(Array.from({ length: count }, lane))
}
