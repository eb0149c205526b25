import { expect, test } from 'vitest'
import { makeRenderQueue } from './render-queue.ts'

test('a few at once, the rest in the order of the calls', async () => {
  const inTurn = makeRenderQueue({ runningMax: 2, waitingMax: 5 })
  const started: number[] = []
  const ends: (() => void)[] = []
  const work = Array.from({ length: 4 }, (_, index) =>
    inTurn(async () => {
      started.push(index)
      await new Promise<void>((resolve) => ends.push(resolve))
      return index
    }),
  )
  await expect.poll(() => started).toEqual([0, 1])
  ends[1]?.()
  await work[1]
  await expect.poll(() => started).toEqual([0, 1, 2])
  ends[0]?.()
  await expect.poll(() => started).toEqual([0, 1, 2, 3])
  ends[2]?.()
  ends[3]?.()
  await expect(Promise.all(work)).resolves.toEqual([0, 1, 2, 3])
})

test('who comes when all places are taken is told when to try again', async () => {
  const inTurn = makeRenderQueue({ runningMax: 1, waitingMax: 1 })
  const end = Promise.withResolvers<string>()
  const taken = [inTurn(() => end.promise), inTurn(() => end.promise)]
  await expect(inTurn(() => end.promise)).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 1 })
  end.resolve('drawn')
  await expect(Promise.all(taken)).resolves.toEqual(['drawn', 'drawn'])
  await expect(inTurn(() => end.promise)).resolves.toBe('drawn')
})

test('work that fails gives its place back', async () => {
  const inTurn = makeRenderQueue({ runningMax: 1, waitingMax: 1 })
  const failing = inTurn(() => Promise.reject(new Error('broken')))
  const next = inTurn(() => Promise.resolve('drawn'))
  await expect(failing).rejects.toThrow('broken')
  await expect(next).resolves.toBe('drawn')
})
