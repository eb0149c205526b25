import { SluiceError } from '@sluice/model'

/** What the writes that wait may hold together, and the part of it that one account may fill. */
export type QueueLimits = { points: number; bytes: number; accountShare: number }

/** A batch closes when it has this many points: beyond it the points per second no longer grow, only the latency. */
const BATCH_POINTS = 1000
/** Memory of a waiting point beside its text: five fields and its place in arrays. */
const POINT_OVERHEAD_BYTES = 64

/** Anything that waits for a commit. */
export type Waiting = { accountId: number; points: readonly { value: string }[] }

type Account<T> = { writes: T[]; points: number }

/**
 * Bounded queue of writes, drained in batches to which every account contributes in turn, so that one that floods
 * gets a share and not the whole batch. A write is never split: it is accepted, and committed, whole.
 */
export class IngestQueue<T extends Waiting> {
  readonly #accounts = new Map<number, Account<T>>()
  readonly #limits: QueueLimits
  #points = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get depth(): { points: number; bytes: number } {
    return { points: this.#points, bytes: this.#bytes }
  }

  /** @throws {SluiceError} `unavailable` with Retry-After when the queue, or the account's share of it, is full */
  push(write: T): void {
    const account = this.#accounts.get(write.accountId) ?? { writes: [], points: 0 }
    const points = write.points.length
    const bytes = bytesOf(write)
    const limits = this.#limits
    const share = limits.points * limits.accountShare
    if (this.#points + points > limits.points || this.#bytes + bytes > limits.bytes) {
      throw new SluiceError('unavailable', 'The server has more datapoints waiting than it can store', {
        retryAfterS: 2,
      })
    }
    if (account.points + points > share) {
      throw new SluiceError('unavailable', 'This account has more datapoints waiting than its share', {
        retryAfterS: 2,
      })
    }
    account.writes.push(write)
    account.points += points
    this.#accounts.set(write.accountId, account)
    this.#points += points
    this.#bytes += bytes
  }

  /** The next batch, empty when nothing waits: one write of each account in turn until it is full. */
  take(): T[] {
    const batch: T[] = []
    let points = 0
    while (this.#accounts.size > 0 && points < BATCH_POINTS) {
      for (const [accountId, account] of this.#accounts) {
        const write = account.writes.shift()
        if (!write) continue
        batch.push(write)
        points += write.points.length
        account.points -= write.points.length
        this.#points -= write.points.length
        this.#bytes -= bytesOf(write)
        if (account.writes.length === 0) this.#accounts.delete(accountId)
        if (points >= BATCH_POINTS) break
      }
    }
    return batch
  }
}

function bytesOf(write: Waiting): number {
  let bytes = 0
  for (const point of write.points) bytes += point.value.length + POINT_OVERHEAD_BYTES
  return bytes
}
