import { SluiceError } from '@sluice/model'

/** Runs work in the order of the calls, a few at once. */
export type RenderQueue = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * @param runningMax so many at once
 * @param waitingMax so many more may wait for their turn
 * @returns a queue whose calls throw {SluiceError} `unavailable` when it is full
 */
export function makeRenderQueue({ runningMax, waitingMax }: { runningMax: number; waitingMax: number }): RenderQueue {
  let running = 0
  const waiting: (() => void)[] = []

  const turn = async (): Promise<void> => {
    if (running < runningMax) {
      running++
      return
    }
    if (waiting.length >= waitingMax) {
      throw new SluiceError('unavailable', `${runningMax + waitingMax} graphs are being drawn; try again in a second`, {
        retryAfterS: 1,
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  return async (work) => {
    await turn()
    try {
      return await work()
    } finally {
      // the place passes to who waits longest; nobody who comes now gets in between
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
