import { useSyncExternalStore } from 'react'

/** Keys in clear that this page was shown, by feed. In memory only: a reload forgets them. */
const known = new Map<number, string>()
const listeners = new Set<() => void>()

export function rememberKey(feedId: number, key: string): void {
  known.set(feedId, key)
  for (const listener of listeners) listener()
}

/** After signing out. */
export function forgetKeys(): void {
  known.clear()
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The key of a feed, where it was shown since the page was loaded. */
export function useKnownKey(feedId: number): string | undefined {
  return useSyncExternalStore(listen, () => known.get(feedId))
}
