import { useCallback, useEffect, useRef, useState } from 'react'

type Source<Entry, Cursor> = {
  pageSize: number
  /** entries before the cursor, newest first; it must be the same function as long as it reads the same log */
  read(before?: Cursor): Promise<Entry[]>
  cursorOf(entry: Entry): Cursor
  onLoaded(entries: Entry[]): void
}

export type OlderPages = {
  /** of the first page */
  isLoading: boolean
  error: unknown
  hasOlder: boolean
  isLoadingOlder: boolean
  /** reads the first page, or the next older one */
  load(): Promise<void>
  /** begins with the first page again */
  restart(): void
}

/** Reads a log page by page, from the newest entries on; the first page by itself. */
export function useOlderPages<Entry, Cursor>(source: Source<Entry, Cursor>): OlderPages {
  const [state, setState] = useState({
    isLoading: true,
    isLoadingOlder: false,
    hasOlder: false,
    error: null as unknown,
  })
  const cursor = useRef<Cursor>(undefined)
  const isBusy = useRef(false)
  const latest = useRef(source)
  useEffect(() => void (latest.current = source))
  const { read } = source
  const load = useCallback(async () => {
    if (isBusy.current) return
    isBusy.current = true
    const before = cursor.current
    setState((state) => ({ ...state, error: null, isLoadingOlder: before !== undefined }))
    try {
      const entries = await read(before)
      const { cursorOf, onLoaded, pageSize } = latest.current
      const last = entries.at(-1)
      if (last !== undefined) cursor.current = cursorOf(last)
      onLoaded(entries)
      setState({ isLoading: false, isLoadingOlder: false, hasOlder: entries.length === pageSize, error: null })
    } catch (error) {
      setState((state) => ({ ...state, isLoading: false, isLoadingOlder: false, error }))
    } finally {
      isBusy.current = false
    }
  }, [read])
  useEffect(() => void load(), [load])
  const restart = useCallback(() => {
    cursor.current = undefined
    void load()
  }, [load])
  return { ...state, load, restart }
}
