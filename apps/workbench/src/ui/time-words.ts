const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * How long ago something was, in words that change rarely enough to be read. A time up to a minute ahead counts as
 * now, because the clocks of browser and server differ.
 */
export function timeWords(atMs: number, nowMs: number): string {
  const ago = nowMs - atMs
  if (ago < -MINUTE_MS) return `in ${spanWords(-ago)}`
  if (ago < 10_000) return 'a few seconds ago'
  if (ago < MINUTE_MS) return `${Math.floor(ago / 10_000) * 10} seconds ago`
  return `${spanWords(ago)} ago`
}

/** How long until something: `now` where it is due, `in 25 seconds`, `in 2 hours`. */
export function untilWords(atMs: number, nowMs: number): string {
  const ms = atMs - nowMs
  if (ms < 500) return 'now'
  return ms < MINUTE_MS ? `in ${counted(Math.ceil(ms / 1000), 'second')}` : `in ${spanWords(ms)}`
}

/** A length of time in its largest unit: `a minute`, `3 hours`, `2 days`. */
function spanWords(ms: number): string {
  if (ms < HOUR_MS) return counted(Math.floor(ms / MINUTE_MS), 'minute')
  if (ms < DAY_MS) return counted(Math.floor(ms / HOUR_MS), 'hour')
  if (ms < 60 * DAY_MS) return counted(Math.floor(ms / DAY_MS), 'day')
  if (ms < 730 * DAY_MS) return counted(Math.floor(ms / (30.44 * DAY_MS)), 'month')
  return counted(Math.floor(ms / (365.25 * DAY_MS)), 'year')
}

function counted(count: number, unit: string): string {
  if (count > 1) return `${count} ${unit}s`
  return unit === 'hour' ? 'an hour' : `a ${unit}`
}

/** `12 ms`, `1.3 s`: how long a request took. */
export function durationWords(ms: number): string {
  if (ms < 10) return `${Math.max(0, Math.round(ms * 10) / 10)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return `${(ms / 1000).toFixed(1)} s`
}

/** Local and UTC, to the millisecond: what hovering over a relative time shows. */
export function absoluteTime(at: string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return at
  return `${date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })} · ${date.toISOString()}`
}

/** `14:03:22`, in the browser's zone. */
export function clockTime(at: string | number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
