import type { Logger } from '@sluice/service'
import type { RecordedAttempt } from '@sluice/store'

const WARN_AFTER_S = 86_400

/** Warns about an endpoint once when it has been failing for a day, and once when it was disabled. */
export function makeHealthLog(logger: Logger): (endpoint: number, recorded: RecordedAttempt) => void {
  const told = new Map<number, 'failing' | 'disabled'>()
  return (endpoint, { health }) => {
    if (!health) return
    const { failingSeconds, isDisabled, failures } = health
    const isLong = failingSeconds !== null && failingSeconds >= WARN_AFTER_S
    const is = isDisabled ? 'disabled' : isLong ? 'failing' : null
    const was = told.get(endpoint)
    if (is === null) told.delete(endpoint)
    else if (is !== was && was !== 'disabled') {
      told.set(endpoint, is)
      if (is === 'disabled') logger.warn({ endpoint, failures }, 'an endpoint was disabled')
      else logger.warn({ endpoint, failures, failingSeconds }, 'an endpoint has been failing for a day')
    }
  }
}
