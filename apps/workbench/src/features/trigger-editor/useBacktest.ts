import type { BacktestLine, BacktestRequest } from '@sluice/model'
import { useEffect, useState } from 'react'
import { client } from '../../client.ts'
import { errorWords } from '../../ui/error-words.ts'
import { BEGUN_BACKTEST, NO_BACKTEST, takeLines } from './backtest.ts'
import type { Backtest } from './backtest.ts'

/** how long nobody may have typed before a rule is tried */
const DEBOUNCE_MS = 400
/** lines are taken together, so that thousands of them do not draw thousands of times */
const GATHER_MS = 100

/**
 * Tries a rule on stored values, again whenever it changed; the one before is given up. What it found stays until the
 * new one has something to show.
 * @param request as JSON, so that an equal one is the same; null while there is none
 */
export function useBacktest(request: string | null): Backtest {
  const [known, setKnown] = useState<{ request: string | null; backtest: Backtest }>(NOTHING)
  useEffect(() => {
    if (request === null) return undefined
    const aborting = new AbortController()
    const show = (backtest: Backtest): void => setKnown({ request, backtest })
    const timer = setTimeout(() => {
      void run(JSON.parse(request) as BacktestRequest, aborting.signal, show)
    }, DEBOUNCE_MS)
    return () => {
      clearTimeout(timer)
      aborting.abort()
    }
  }, [request])
  if (request === null) return NO_BACKTEST
  if (request === known.request) return known.backtest
  return { ...known.backtest, phase: known.request === null ? 'running' : 'stale', reached: null, error: null }
}

const NOTHING = { request: null, backtest: NO_BACKTEST }

async function run(request: BacktestRequest, signal: AbortSignal, show: (backtest: Backtest) => void): Promise<void> {
  let current = BEGUN_BACKTEST
  let waiting: BacktestLine[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = (): void => {
    timer = undefined
    current = takeLines(current, waiting)
    waiting = []
    if (!signal.aborted) show(current)
  }
  try {
    await client.triggers.backtest(request, {
      signal,
      onLine(line) {
        waiting.push(line)
        timer ??= setTimeout(flush, GATHER_MS)
      },
    })
  } catch (error) {
    waiting.push({ error: errorWords(error).join(' ') })
  } finally {
    clearTimeout(timer)
    flush()
  }
}
