import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import { parseGraphOptions } from './graph-options.ts'
import { makePainter } from './graph-painter.ts'
import { drawingOf } from './graph-series.ts'

const options = parseGraphOptions({ w: '60', h: '40' })
const order = (timeZone = 'UTC') => ({
  drawing: drawingOf({ points: [{ at: 5e6, value: '1' }], from: 0, to: 10e6, minValue: null, maxValue: null }),
  options: { ...options, timeZone },
})

test('graphs come back in the order of their orders', async () => {
  const painter = makePainter({ idleMs: 60_000 })
  const sizes = [60, 90, 70]
  const drawn = await Promise.all(sizes.map((width) => painter.draw({ ...order(), options: { ...options, width } })))
  expect(drawn.map((png) => PNG.sync.read(png).width)).toEqual(sizes)
  expect(painter.isOpen()).toBe(true)
})

test('an idle thread ends, and the next graph starts another', async () => {
  const painter = makePainter({ idleMs: 20 })
  expect(painter.isOpen()).toBe(false)
  await painter.draw(order())
  await expect.poll(() => painter.isOpen()).toBe(false)
  expect(PNG.sync.read(await painter.draw(order())).width).toBe(60)
})

test('a thread that fails tells all who wait for it, and the next graph starts another', async () => {
  const painter = makePainter({ idleMs: 60_000 })
  // no option that parseGraphOptions makes does this
  const waiting = [painter.draw(order('No/Where')), painter.draw(order())]
  const failure = { message: 'the graph thread failed', cause: { name: 'RangeError' } }
  const results = await Promise.allSettled(waiting)
  expect(results).toMatchObject([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ])
  expect(PNG.sync.read(await painter.draw(order())).width).toBe(60)
})
