/**
 * Seconds before each attempt, counted from the one before (Standard Webhooks' published schedule): ten attempts over
 * 75 h 35 min 5 s.
 */
export const ATTEMPT_SCHEDULE_S = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const

/** Each wait is this much longer or shorter, by chance, so that what failed together is not tried together again. */
const JITTER = 0.2

/** What a target may ask for in Retry-After. */
export const RETRY_AFTER_MAX_MS = 86_400_000

/**
 * How long to wait after a failed attempt.
 * @param failures failed attempts so far, ≥ 1
 * @param random01 0 ≤ random01 < 1
 * @returns milliseconds, or null after the tenth: there is no further attempt
 */
export function retryDelayMs(failures: number, random01: number): number | null {
  const waitS = ATTEMPT_SCHEDULE_S[failures]
  return waitS === undefined ? null : Math.round(waitS * 1000 * (1 + JITTER * (2 * random01 - 1)))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const IMF = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/**
 * Reads the header Retry-After (RFC 9110, 10.2.3): seconds, or a date in one of the three forms of HTTP.
 * @returns milliseconds from now, 0 for a date that is over, at most 24 h; null where there is none or it says nothing
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? ''
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : parseHttpDate(text, nowMs) - nowMs
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS)
}

function parseHttpDate(text: string, nowMs: number): number {
  const imf = IMF.exec(text)
  if (imf) return utc(imf[3], imf[2], imf.slice(1, 2).concat(imf.slice(4)))
  const asctime = ASCTIME.exec(text)
  if (asctime) return utc(asctime[6], asctime[1], asctime.slice(2, 6))
  const rfc850 = RFC_850.exec(text)
  if (!rfc850) return Number.NaN
  // two digits of a year that seem more than 50 years ahead are of the past (RFC 9110, 5.6.7)
  const thisYear = new Date(nowMs).getUTCFullYear()
  const year = Math.floor(thisYear / 100) * 100 + Number(rfc850[3])
  return utc(String(year > thisYear + 50 ? year - 100 : year), rfc850[2], rfc850.slice(1, 2).concat(rfc850.slice(4)))
}

/** NaN for a month that does not exist. `rest`: day, hour, minute, second. */
function utc(year: string | undefined, month: string | undefined, rest: string[]): number {
  const index = MONTHS.indexOf(month ?? '')
  const [day, hour, minute, second] = rest.map(Number)
  return index < 0 ? Number.NaN : Date.UTC(Number(year), index, day, hour, minute, second)
}
