import { LIMITS, formatTimestamp } from '@sluice/model'
import { expect, test } from 'vitest'
import { loadHistory } from './load-history.ts'
import type { FetchPage } from './load-history.ts'

const T0 = Date.UTC(2026, 10, 22)
const at = (second: number): string => formatTimestamp((T0 + second * 1000) * 1000)

/** An archive with one point a second that answers as API v2 does: the oldest 1000 of an inclusive window. */
function archive(seconds: number): { fetchPage: FetchPage; pages: () => number } {
  let pages = 0
  return {
    pages: () => pages,
    fetchPage: ({ start, end }) => {
      pages++
      const first = Math.max(0, Math.ceil((Date.parse(start) - T0) / 1000))
      const last = Math.min(seconds - 1, Math.floor((Date.parse(end) - T0) / 1000), first + LIMITS.historyLimitMax - 1)
      const count = Math.max(0, last - first + 1)
      return Promise.resolve(Array.from({ length: count }, (_, index) => ({ at: at(first + index), value: '1' })))
    },
  }
}

test.each([
  { points: 0, pages: 1 },
  { points: 999, pages: 1 },
  { points: 1000, pages: 2 },
  { points: 4321, pages: 5 },
])('$points points come in $pages pages, each once', async ({ points, pages }) => {
  const source = archive(points)
  const history = await loadHistory(source.fetchPage, { start: at(0), end: at(99_999) })
  expect(history.leftOut).toBeNull()
  expect(history.points.map((point) => point.at)).toEqual(Array.from({ length: points }, (_, second) => at(second)))
  expect(source.pages()).toBe(pages)
})

test('a window that is too full keeps its beginning and its end, and says what is missing', async () => {
  const source = archive(86_400)
  const { points, leftOut } = await loadHistory(source.fetchPage, { start: at(0), end: at(86_399) })
  expect(points[0]?.at).toBe(at(0))
  expect(points.at(-1)?.at).toBe(at(86_399))
  expect(source.pages()).toBeLessThanOrEqual(24)
  const missing = points.findIndex(
    (point, index) => index > 0 && Date.parse(point.at) - Date.parse(points[index - 1]?.at ?? '') > 1000,
  )
  expect(leftOut).toEqual({ start: points[missing - 1]?.at, end: points[missing]?.at })
})
