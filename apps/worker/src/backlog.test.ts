import { expect, test } from 'vitest'
import { makeBacklog } from './backlog.ts'

test.each([
  { of: 'nothing was taken', busy: [], free: 100, claimed: [], more: [], isCut: false },
  { of: 'one got less than it has room for', busy: [[1, 3]], free: 100, claimed: [1, 1, 2], more: [], isCut: false },
  { of: 'one got all it has room for', busy: [[1, 8]], free: 100, claimed: [1, 1, 2], more: [1], isCut: false },
  { of: 'one was full before', busy: [[1, 10]], free: 100, claimed: [2], more: [1], isCut: false },
  { of: 'the claim took all it might', busy: [[1, 3]], free: 2, claimed: [1, 2], more: [], isCut: true },
] as const)('when $of, there may be more for $more; for any: $isCut', ({ busy, free, claimed, more, isCut }) => {
  const backlog = makeBacklog()
  backlog.learn({ busy: new Map([[3, 10]]), free: 1 }, [4])
  backlog.learn({ busy: new Map(busy), free }, claimed)
  expect([1, 2, 3].filter((endpointId) => backlog.has(endpointId))).toEqual(more)
  expect(backlog.isCut()).toBe(isCut)
})
