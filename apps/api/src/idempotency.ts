import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/model'
import type { Principal } from '@sluice/model'
import { claimRequest, endAttempt, forgetOldRequests, forgetRequest, keepAnswer, noteMade } from '@sluice/store'
import type { RequestClaim, ClaimName, Database, Transaction } from '@sluice/store'
import type { Exchange } from './exchange.ts'
import type { Answer, Once } from './route.ts'
import { seal, unseal } from './secrets.ts'

/** Visible ASCII, as the drafts of the header say; long enough for any id. */
const KEY = /^[\x21-\x7e]{1,255}$/
const SWEEP_MS = 60_000

/** Serves a request that carries an `Idempotency-Key` at most once. */
export type Idempotency = {
  /**
   * @param serve serves the request; what it makes, it makes by `exchange.once`
   * @returns the answer of this attempt, or of the earlier one that had an answer, marked `Idempotent-Replayed: true`
   * @throws {SluiceError} `invalid`: no such key; `unprocessable`: the key was used for another request; `conflict` with
   *   Retry-After: an attempt is under way elsewhere
   */
  run(exchange: Exchange, principal: Principal, serve: () => Promise<Answer>): Promise<Answer>
}

/**
 * Answers are kept for a day, sealed. An attempt that ended without an answer (a crash, an outage) is made again as of
 * the first one's time of arrival, so values without a time of their own are the same datapoints; and what it had made
 * is found, not made again.
 * @param parts.sealing 32 bytes
 */
export function makeIdempotency({ db, sealing }: { db: Database; sealing: Buffer }): Idempotency {
  const underWay = new Map<string, Promise<unknown>>()
  let sweptAt = 0

  const sweep = (): void => {
    if (performance.now() - sweptAt < SWEEP_MS && sweptAt > 0) return
    sweptAt = performance.now()
    // what is not removed now is removed a minute later
    forgetOldRequests(db.pool).catch(() => undefined)
  }
  const attempt = async (name: ClaimName, exchange: Exchange, serve: () => Promise<Answer>): Promise<Answer> => {
    const fingerprint = fingerprintOf(exchange)
    const claim = await claimRequest(db.pool, name, { fingerprint, receivedAt: exchange.receivedAt })
    if (!claim.fingerprint.equals(fingerprint)) {
      throw new SluiceError('unprocessable', 'This Idempotency-Key was used for another request')
    }
    if (!claim.isOurs) return replay(claim, sealing)
    exchange.receivedAt = claim.receivedAt
    exchange.once = onceOf(db, name, claim.made)
    try {
      const answer = await serve()
      // what is sent piece by piece cannot be sent again
      if (answer.stream) await forgetRequest(db.pool, name)
      else await keepAnswer(db.pool, name, seal(sealing, JSON.stringify(answer)))
      return answer
    } catch (error) {
      const mayBeStored = !(error instanceof SluiceError) || error.code === 'unavailable'
      await (mayBeStored ? endAttempt(db.pool, name) : forgetRequest(db.pool, name)).catch(() => undefined)
      throw error
    }
  }

  return {
    async run(exchange, principal, serve) {
      const key = exchange.header('idempotency-key') ?? ''
      if (!KEY.test(key)) throw new SluiceError('invalid', 'Idempotency-Key must be 1 to 255 visible ASCII characters')
      sweep()
      const who = principal.kind === 'key' ? String(principal.keyId) : principal.kind
      const name = { accountId: principal.accountId, name: `${who} ${key}` }
      const waitFor = `${name.accountId} ${name.name}`
      // one that comes while its first copy is served here waits for that one
      await underWay.get(waitFor)?.catch(() => undefined)
      const running = attempt(name, exchange, serve)
      underWay.set(waitFor, running)
      try {
        return await running
      } finally {
        if (underWay.get(waitFor) === running) underWay.delete(waitFor)
      }
    },
  }
}

function replay({ answer, leaseLeftS }: RequestClaim, sealing: Buffer): Answer {
  if (!answer) {
    const retryAfterS = Math.min(leaseLeftS, 5)
    throw new SluiceError('conflict', 'A request with this Idempotency-Key is under way', { retryAfterS })
  }
  const kept = JSON.parse(unseal(sealing, answer)) as Answer
  return { ...kept, headers: { ...kept.headers, 'Idempotent-Replayed': 'true' } }
}

function fingerprintOf({ method, target, body }: Exchange): Buffer {
  return createHash('sha256').update(`${method} ${target}\n`).update(body).digest()
}

function onceOf(db: Database, name: ClaimName, made: string | null): Once {
  return {
    make: (make) =>
      made === null
        ? db.inTransaction(async (tx) => {
            const id = await make(tx)
            await noteMade(tx, name, id)
            return id
          })
        : Promise.resolve(made),
    async unmake(unmake: (tx: Transaction) => Promise<void>) {
      await db.inTransaction(async (tx) => {
        await unmake(tx)
        await noteMade(tx, name, null)
      })
    },
  }
}

/** For requests that carry no key. */
export const plainOnce = (db: Database): Once => ({
  make: (make) => db.inTransaction(make),
  unmake: (unmake) => db.inTransaction(unmake),
})
