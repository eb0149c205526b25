import { SluiceError } from '@sluice/model'

const BUCKETS_MAX = 20_000
/** Below this share of a bucket its owner is warned. */
const LOW_SHARE = 0.2

/** So many at once, and so many more per second. */
export type Rate = { burst: number; perSecond: number }
/** What is left of a bucket: `resetS` seconds from now it is full again, `isLow` says that four fifths are used. */
export type RateState = { limit: number; remaining: number; resetS: number; isLow: boolean }
export type RateLimiter = {
  /** takes one token of the bucket; @throws {SluiceError} `rate_limited` when it is empty */
  take(bucket: string | number): void
  /** what is left, without taking any */
  state(bucket: string | number): RateState
  /** returns a token: what was done with it should not count */
  giveBack(bucket: string | number): void
}

/**
 * Token buckets in memory, one for each name. At most 20,000 are kept: of those used before the last 10,000 some are
 * forgotten, and they are the fullest.
 * @param now milliseconds, monotonic
 */
export function makeRateLimiter(rate: Rate, now: () => number = () => performance.now()): RateLimiter {
  const buckets = makeBuckets()
  return {
    state(name) {
      const bucket = buckets.find(name)
      const tokens = bucket
        ? Math.min(rate.burst, bucket.tokens + ((now() - bucket.at) / 1000) * rate.perSecond)
        : rate.burst
      return {
        limit: rate.burst,
        remaining: Math.max(0, Math.floor(tokens)),
        resetS: Math.ceil((rate.burst - tokens) / rate.perSecond),
        isLow: tokens < rate.burst * LOW_SHARE,
      }
    },
    giveBack(name) {
      const bucket = buckets.find(name)
      if (bucket) bucket.tokens = Math.min(rate.burst, bucket.tokens + 1)
    },
    take(name) {
      const time = now()
      const bucket = buckets.find(name) ?? buckets.add(name, { tokens: rate.burst, at: time })
      bucket.tokens = Math.min(rate.burst, bucket.tokens + ((time - bucket.at) / 1000) * rate.perSecond)
      bucket.at = time
      if (bucket.tokens < 1) throw tooMany(Math.ceil((1 - bucket.tokens) / rate.perSecond))
      bucket.tokens -= 1
    },
  }
}

type Bucket = { tokens: number; at: number }

/**
 * Two generations instead of an order of use, which would be rewritten with every request: that took 2 µs of the 80 a
 * request takes.
 */
function makeBuckets(): {
  find(name: string | number): Bucket | undefined
  add(name: string | number, bucket: Bucket): Bucket
} {
  let recent = new Map<string | number, Bucket>()
  let older = new Map<string | number, Bucket>()
  const add = (name: string | number, bucket: Bucket): Bucket => {
    if (recent.size >= BUCKETS_MAX / 2) {
      older = recent
      recent = new Map()
    }
    recent.set(name, bucket)
    return bucket
  }
  return {
    find(name) {
      const bucket = recent.get(name)
      if (bucket) return bucket
      const aged = older.get(name)
      return aged && add(name, aged)
    },
    add,
  }
}

export function tooMany(retryAfterS: number): SluiceError {
  return new SluiceError('rate_limited', `Too many requests; try again in ${retryAfterS} seconds`, { retryAfterS })
}

const FREE_FAILURES = 5
const DELAY_S_MAX = 900

/** Delays that double with every failed attempt: 5 are free, then 1, 2, 4 … 900 seconds; success forgets them. */
export type FailureDelay = {
  /** @throws {SluiceError} `rate_limited` while the delay of earlier failures runs */
  check(name: string): void
  failed(name: string): void
  succeeded(name: string): void
}

export function makeFailureDelay(now: () => number = () => performance.now()): FailureDelay {
  const failures = new Map<string, { count: number; at: number }>()
  const delayS = (count: number): number =>
    count < FREE_FAILURES ? 0 : Math.min(DELAY_S_MAX, 2 ** Math.min(count - FREE_FAILURES, 20))
  return {
    check(name) {
      const failure = failures.get(name)
      if (!failure) return
      const leftS = delayS(failure.count) - (now() - failure.at) / 1000
      if (leftS > 0) throw tooMany(Math.ceil(leftS))
    },
    failed(name) {
      const count = (failures.get(name)?.count ?? 0) + 1
      failures.delete(name)
      failures.set(name, { count, at: now() })
      if (failures.size > BUCKETS_MAX) forgetOldest(failures)
    },
    succeeded: (name) => void failures.delete(name),
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

/** Who is behind an address: one IPv4 address, or an IPv6 network of 64 bits, within which a host may take any. */
export function networkOf(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('%', 1)[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(tail ? tail.split(':') : [])]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
