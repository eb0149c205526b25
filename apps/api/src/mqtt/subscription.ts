import type { Feed } from '@sluice/model'
import type { Watching, Written } from './feed-hub.ts'
import { show } from './show.ts'
import type { View } from './show.ts'
import type { Shown } from './topic.ts'

export type Subscription = {
  /** as the client wrote it, key and all: that is what its messages carry (API v2, MQTT) */
  readonly topic: string
  readonly isRefusals: boolean
  /** null: it is read once */
  readonly shown: Shown | null
  watching: Watching | null
  /** that it was opened with */
  key: string
  /** it was looked up, and may be read */
  isOpen: boolean
  /** the client knows that it is subscribed */
  isBegun: boolean
  /** of what is read once, until it is sent */
  state: string | Buffer | null
  /** the feed, as it was when last heard of */
  newest: Feed | null
  /** news that are no values wait a moment for those that come with them */
  isPending: boolean
  /** what was sent last, of one datastream */
  last: string | null
}

/** Why there may be something to send: new values, anything else that is new of the feed, or what was missed so far. */
export type Cause = { kind: 'values'; ids: ReadonlySet<string>; written: Written } | { kind: 'other' | 'missed' }

export function makeSubscription(topic: string, shown: Shown | null, isRefusals: boolean): Subscription {
  const progress = { isOpen: false, isBegun: false, isPending: false }
  return { topic, isRefusals, shown, watching: null, key: '', ...progress, state: null, newest: null, last: null }
}

/** @returns null where there is nothing to send: nothing new, or nothing that the key may see any more */
export function payloadOf(subscription: Subscription, view: View, cause: Cause): string | null {
  const { shown, newest } = subscription
  if (!shown || (cause.kind === 'other' && shown.as === 'value' && shown.datastreamId === null)) return null
  const write = (): string | null => show(newest, shown, view, cause.kind === 'values' ? cause.ids : null)
  const payload = cause.kind === 'values' ? once(cause.written, shown, view, write) : write()
  return isRepeated(subscription, payload, cause) ? null : payload
}

/** Subscribers with one key get the same bytes. */
function once(written: Written, shown: Shown, { principal }: View, write: () => string | null): string | null {
  const ofKey = written.get(principal) ?? new Map<string, string | null>()
  written.set(principal, ofKey)
  const name = `${shown.datastreamId ?? ''} ${shown.as === 'document' ? `${shown.format} ${shown.version}` : ''}`
  let text = ofKey.get(name)
  if (text === undefined) ofKey.set(name, (text = write()))
  return text
}

/**
 * Something new of a feed may be nothing new for a datastream of it: then its document is as it was. A value is repeated
 * when its time is the same, too: a late one changes neither, and must not look like one that has just come.
 */
function isRepeated(subscription: Subscription, payload: string | null, { kind }: Cause): boolean {
  const { shown, newest, last } = subscription
  if (!shown || shown.datastreamId === null || payload === null) return false
  const stream = shown.as === 'value' ? newest?.datastreams.find(({ id }) => id === shown.datastreamId) : null
  subscription.last = stream ? `${stream.at} ${payload}` : payload
  return subscription.last === last && (shown.as === 'value' || kind === 'other')
}
