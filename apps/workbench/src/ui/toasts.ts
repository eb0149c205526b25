export type Toast = { id: number; kind: 'ok' | 'bad'; text: string }

const SHOWN_MS = 6000
const SHOWN_MAX = 3

let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

/** Shows a sentence at the edge of the page for six seconds. */
export function showToast(toast: Omit<Toast, 'id'>): void {
  const id = ++lastId
  change([...toasts, { ...toast, id }].slice(-SHOWN_MAX))
  setTimeout(() => closeToast(id), SHOWN_MS)
}

export function closeToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id))
}

export const shownToasts = (): readonly Toast[] => toasts

export function onToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function change(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}
