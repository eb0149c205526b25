import { maskKey } from '@sluice/model'
import { useSyncExternalStore } from 'react'

/** Keys in clear that this page was shown, by feed. In memory only: a reload forgets them. */
const known = new Map<number, string>()
/** the same, and those that belong to no feed, by their masked text */
const texts = new Map<string, string>()
const listeners = new Set<() => void>()

export function rememberKey(feedId: number, key: string): void {
  known.set(feedId, key)
  rememberText(key)
}

/** Of a key that may reach more than one feed. */
export function rememberText(key: string): void {
  texts.set(maskKey(key), key)
  for (const listener of listeners) listener()
}

/** A key has another text from now on; programs on this page shall carry that one. */
export function replaceText(masked: string, key: string): void {
  for (const [feedId, text] of known) if (maskKey(text) === masked) known.set(feedId, key)
  rememberText(key)
}

/** After signing out. */
export function forgetKeys(): void {
  known.clear()
  texts.clear()
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

/** The key that is listed as `masked`, where it was shown since the page was loaded. */
export function useKnownText(masked: string | undefined): string | undefined {
  return useSyncExternalStore(listen, () => (masked === undefined ? undefined : texts.get(masked)))
}
