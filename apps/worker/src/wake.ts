/** A wait that somebody else may end early; a signal that comes before the wait is not lost. */
export type Wake = {
  signal(): void
  /** resolves after so many milliseconds, or at the signal, and takes the signal with it */
  wait(ms: number): Promise<void>
}

export function makeWake(): Wake {
  let isSet = false
  let end = (): void => {}
  return {
    signal() {
      isSet = true
      end()
    },
    async wait(ms) {
      if (!isSet) {
        const ended = Promise.withResolvers<void>()
        const timer = setTimeout(ended.resolve, ms)
        end = ended.resolve
        await ended.promise
        clearTimeout(timer)
        end = () => {}
      }
      isSet = false
    },
  }
}
