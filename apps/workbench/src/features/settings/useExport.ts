import { useEffect, useRef, useState } from 'react'
import { client } from '../../client.ts'
import { saveFile } from '../../ui/save-file.ts'

/** how often the size is shown anew while it grows */
const SHOW_MS = 100

export type Export =
  | { phase: 'idle' }
  | { phase: 'running'; bytes: number }
  | { phase: 'done'; bytes: number; name: string; isComplete: boolean }
  | { phase: 'failed'; error: unknown }

/** Downloads the whole account and saves it as a file; leaving the page ends it. */
export function useExport(): { state: Export; start(): void; cancel(): void } {
  const [state, setState] = useState<Export>({ phase: 'idle' })
  const running = useRef<AbortController>(null)
  const cancel = (): void => running.current?.abort()
  useEffect(() => () => running.current?.abort(), [])
  const run = async (): Promise<void> => {
    const aborting = new AbortController()
    running.current = aborting
    setState({ phase: 'running', bytes: 0 })
    let shownAt = 0
    try {
      const { name, content, isComplete } = await client.account.export({
        signal: aborting.signal,
        onBytes(bytes) {
          const now = performance.now()
          if (now - shownAt < SHOW_MS) return
          shownAt = now
          setState({ phase: 'running', bytes })
        },
      })
      saveFile(name, content)
      setState({ phase: 'done', bytes: content.size, name, isComplete })
    } catch (error) {
      setState(aborting.signal.aborted ? { phase: 'idle' } : { phase: 'failed', error })
    }
  }
  return { state, start: () => void run(), cancel }
}
