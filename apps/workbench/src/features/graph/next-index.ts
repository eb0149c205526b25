import type { Columns } from './points.ts'

/** Where a key leads from a value, over gaps; null for a key that means nothing here. */
export function nextIndex(key: string, index: number | null, [times, values]: Columns): number | null {
  const last = times.length - 1
  if (last < 0) return null
  if (key === 'Home') return 0
  if (key === 'End') return last
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  if (step === 0) return null
  const start = index ?? (step === 1 ? -1 : last + 1)
  const next = Math.min(last, Math.max(0, start + step))
  return values[next] === null ? Math.min(last, Math.max(0, next + step)) : next
}
