import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, startOf } from './process-table.ts'

const POLL_MS = 500
const BACKOFF_MAX_MS = 30_000

/**
 * Keeps a Postgres running that may be killed, run out of memory, or stop because its disk is full: as often as it ends
 * it is started again, with growing pauses while that fails.
 * @param restart answers the process number of the new one
 * @returns `release` stops watching and answers which process runs now
 */
export function supervise(
  first: number,
  restart: () => Promise<number>,
  log: (line: string) => void,
): { release(): Promise<number> } {
  const released = new AbortController()
  let pid = first
  const watch = async (): Promise<void> => {
    let start = await startOf(pid)
    let pauseMs = POLL_MS
    for (;;) {
      await sleep(pauseMs, undefined, { ref: false, signal: released.signal }).catch(() => {})
      if (released.signal.aborted) return
      // the start tells it from another program that got its number
      if ((await isAlive(pid)) && (await startOf(pid)) === start) continue
      log('Postgres has ended and is being started again')
      try {
        pid = await restart()
        start = await startOf(pid)
        pauseMs = POLL_MS
      } catch (error) {
        log(error instanceof Error ? error.message : String(error))
        pauseMs = Math.min(pauseMs * 2, BACKOFF_MAX_MS)
      }
    }
  }
  const watching = watch()
  return {
    async release() {
      released.abort()
      await watching
      return pid
    },
  }
}
