import { SluiceError } from '@sluice/model'

/** So many may do something at once; others wait for a moment. */
export type Slots = {
  /**
   * @param signal ends the wait
   * @returns gives the slot back; a second call does nothing
   * @throws {SluiceError} `unavailable` after the longest wait, or when the signal ends it
   */
  take(signal: AbortSignal): Promise<() => void>
}

export function makeSlots({ count, waitMsMax, busy }: { count: number; waitMsMax: number; busy: string }): Slots {
  let free = count
  const waiting = new Set<() => void>()
  const hasFree = (): boolean => free > 0

  const release = (): (() => void) => {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      free++
      const [next] = waiting
      next?.()
    }
  }

  return {
    async take(signal) {
      const over = AbortSignal.any([signal, AbortSignal.timeout(waitMsMax)])
      // whoever came later may have been quicker
      while (!hasFree() && !over.aborted) await turn(waiting, over)
      if (!hasFree()) throw new SluiceError('unavailable', busy, { retryAfterS: 2 })
      free--
      return release()
    },
  }
}

/** Resolves when it is one's turn, or time is over. */
function turn(waiting: Set<() => void>, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      waiting.delete(end)
      over.removeEventListener('abort', end)
      resolve()
    }
    waiting.add(end)
    over.addEventListener('abort', end)
    if (over.aborted) end()
  })
}
