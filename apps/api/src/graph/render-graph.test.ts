import { PNG } from 'pngjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseGraphOptions } from './graph-options.ts'
import { renderGraph, type GraphSeries } from './render-graph.ts'

const DAY_US = 86_400e6
const NOON = Date.UTC(2024, 4, 12, 12) * 1000

function seriesOf(values: readonly (number | string)[]): GraphSeries {
  const points = values.map((value, index) => ({
    at: Math.round(NOON - DAY_US + (DAY_US * index) / Math.max(values.length - 1, 1)),
    value: String(value),
  }))
  return { points, from: NOON - DAY_US, to: NOON, minValue: null, maxValue: null }
}

type Box = { left: number; top: number; right: number; bottom: number }
type Color = readonly [red: number, green: number, blue: number]

/** How many pixels of a box are nearly of this colour. */
function count(image: PNG, color: Color, box: Partial<Box> = {}): number {
  const { left = 0, top = 0, right = image.width, bottom = image.height } = box
  let found = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * image.width + x) * 4
      if (color.every((part, channel) => Math.abs((image.data[at + channel] ?? 0) - part) < 24)) found++
    }
  }
  return found
}

const RED: Color = [255, 0, 0]
const WHITE: Color = [255, 255, 255]
const INK: Color = [16, 32, 31]
const GREY: Color = [102, 119, 118]

async function draw(series: GraphSeries, query: Record<string, string> = {}): Promise<PNG> {
  return PNG.sync.read(await renderGraph(series, parseGraphOptions({ c: 'ff0000', ...query })))
}

test.each([
  [50, 30],
  [300, 160],
  [600, 300],
  [1200, 500],
])('%d × %d pixels are what was asked for, opaque and mostly white', async (width, height) => {
  const image = await draw(seriesOf([1, 3, 2]), { w: String(width), h: String(height), s: '2' })
  expect([image.width, image.height]).toEqual([width, height])
  expect(image.data.every((value, index) => index % 4 !== 3 || value === 255)).toBe(true)
  expect(count(image, WHITE)).toBeGreaterThan(width * height * 0.3)
  expect(count(image, RED)).toBeGreaterThan(width / 2)
})

describe('the line is where the data is', () => {
  const query = { w: '300', h: '200', scale: 'manual', min: '0', max: '100', s: '2' }
  const upper = { bottom: 100 }
  const lower = { top: 100 }

  test.each([
    ['high values in the upper half', [90, 80, 95], 1, 0],
    ['low values in the lower half', [10, 20, 5], 0, 1],
  ] as const)('%s', async (_, values, above, below) => {
    const image = await draw(seriesOf(values), query)
    expect(count(image, RED, upper) > 200).toBe(above === 1)
    expect(count(image, RED, lower) > 200).toBe(below === 1)
    expect(count(image, RED, above ? lower : upper)).toBe(0)
  })

  test('what rises goes from the lower left to the upper right', async () => {
    const image = await draw(seriesOf([0, 100]), query)
    expect(count(image, RED, { right: 150, top: 100 })).toBeGreaterThan(100)
    expect(count(image, RED, { left: 150, bottom: 100 })).toBeGreaterThan(100)
    expect(count(image, RED, { right: 140, bottom: 95 }) + count(image, RED, { left: 160, top: 105 })).toBe(0)
  })

  test('nothing where the device was silent', async () => {
    const series = seriesOf(Array.from({ length: 100 }, () => 50))
    const points = series.points.filter((_, index) => index < 30 || index > 70)
    const image = await draw({ ...series, points }, query)
    expect(count(image, RED, { right: 80 })).toBeGreaterThan(50)
    expect(count(image, RED, { left: 220 })).toBeGreaterThan(50)
    expect(count(image, RED, { left: 100, right: 200 })).toBe(0)
  })

  test('values beyond a manual scale leave the plot and nothing else', async () => {
    const image = await draw(seriesOf([50, 1e300, 50]), { ...query, t: 'Title' })
    expect(count(image, RED, { top: 30 })).toBeGreaterThan(100)
    expect(count(image, RED, { bottom: 18 })).toBe(0)
  })

  test('a thicker stroke has more pixels', async () => {
    const [thin, thick] = [await draw(seriesOf([1, 2]), { s: '1' }), await draw(seriesOf([1, 2]), { s: '8' })]
    expect(count(thick, RED)).toBeGreaterThan(4 * count(thin, RED))
  })
})

describe('the font is there', () => {
  let plain: PNG
  beforeAll(async () => {
    plain = await draw(seriesOf([1, 2, 3]))
  })

  test.each([
    ['Living room', 100],
    ['температура', 100],
    ['&', 5],
    ['<script>alert(1)</script>', 200],
    ['a\u0000b', 10],
    ['😀', 10],
    ['مرحبا بالعالم', 50],
    ['温', 10],
  ])('a title %j draws ink at the top left', async (t, leastInk) => {
    const area = { right: 300, bottom: 26 }
    expect(count(plain, INK, area)).toBe(0)
    const titled = await draw(seriesOf([1, 2, 3]), { t })
    expect(count(titled, WHITE, { ...area, left: 10 })).toBeLessThan(290 * 26 - leastInk)
  })

  test('labels of the axes draw left of the plot and below it', async () => {
    const labelled = await draw(seriesOf([1, 2, 3]), { b: 'true' })
    for (const box of [
      { right: 30, bottom: 250 },
      { top: 268, bottom: 298 },
    ]) {
      expect(count(labelled, WHITE, box)).toBeLessThan(count(plain, WHITE, box))
      expect(count(labelled, [82, 98, 97], box)).toBeGreaterThan(20)
    }
  })
})

describe('odd data', () => {
  test.each([
    ['no points', [], 0, 60],
    ['text', ['open', 'closed'], 0, 40],
    ['one point: a dot', [5], 8, 0],
    ['one number among texts', ['on', 5, 'off'], 8, 0],
  ])('%s', async (_, values, dotPixels, notePixels) => {
    const image = await draw(seriesOf(values))
    const middle = { left: 200, right: 400, top: 130, bottom: 170 }
    expect(count(image, RED)).toBeGreaterThanOrEqual(dotPixels)
    expect(count(image, RED)).toBeLessThanOrEqual(dotPixels * 8)
    expect(count(image, GREY, middle)).toBeGreaterThanOrEqual(notePixels)
  })

  test.each([
    ['the largest numbers', [1.7e308, -1.7e308, 'NaN', 'Infinity', '1e999']],
    ['a hundred thousand points', Array.from({ length: 100_000 }, (_, index) => index % 100)],
  ])('%s', async (_, values) => {
    expect(count(await draw(seriesOf(values)), RED)).toBeGreaterThan(100)
  })
})

test('more than 52 graphs at once: the rest are told to come back, and all others are drawn', async () => {
  const calls = Array.from({ length: 55 }, () => renderGraph(seriesOf([1, 2]), parseGraphOptions({ w: '50', h: '30' })))
  const results = await Promise.allSettled(calls)
  expect(results.slice(0, 52).every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(results.slice(52)).toMatchObject(
    Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'unavailable', retryAfterS: 1 } })),
  )
  await expect(renderGraph(seriesOf([1, 2]), parseGraphOptions({}))).resolves.toBeInstanceOf(Buffer)
})
