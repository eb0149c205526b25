import { LIMITS, SluiceError } from '@sluice/model'
import type { ErrorCode, Micros, Outcome } from '@sluice/model'
import type { Act } from '../action.ts'
import { orAborted, reasonOfAbort } from '../or-aborted.ts'
import { delivered, failed, refused } from './result.ts'

export type AppendValue = (write: {
  accountId: number
  feedId: number
  datastreamId: string
  at: Micros
  value: string
  hops: number
}) => Promise<Outcome>

/** What a further attempt would be told, too. */
const WILL_NOT_CHANGE: ReadonlySet<ErrorCode> = new Set(['invalid', 'forbidden', 'not_found', 'too_large'])

/**
 * Writes a datapoint: the action's value, or the one that fired the trigger, at the firing's time. A second attempt is
 * therefore a duplicate and not a second point. A chain of triggers that lead to one another ends after
 * `LIMITS.triggerHopsMax` written points.
 */
export function makeDatapointAction(parts: { append: AppendValue }): Act {
  return async ({ action, accountId, at, hops, ...shipment }, signal) => {
    if (action.kind !== 'datapoint') return refused('This delivery is not a datapoint')
    const { feedId, datastreamId } = action
    const value = action.value ?? shipment.value
    if (value === null) return refused('There is no value to write: the datastream never had one')
    if (hops >= LIMITS.triggerHopsMax) {
      return refused(
        `This is a loop: ${hops} triggers led to one another through the datapoints that they wrote, so this one was not written`,
      )
    }
    try {
      const write = { accountId, feedId, datastreamId, at, value, hops: hops + 1 }
      const outcome = await orAborted(parts.append(write), signal)
      return outcome.result === 'rejected' ? refused(outcome.reason) : delivered()
    } catch (error) {
      if (signal.aborted) return failed(reasonOfAbort(signal))
      if (!(error instanceof SluiceError)) return failed('The datapoint could not be written')
      return WILL_NOT_CHANGE.has(error.code) ? refused(error.message) : failed(error.message)
    }
  }
}
