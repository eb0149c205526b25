import { Resvg } from '@resvg/resvg-js'
import { describe, expect, test } from 'vitest'
import { parseGraphOptions } from './graph-options.ts'
import { drawingOf, type GraphSeries } from './graph-series.ts'
import { graphSvg } from './graph-svg.ts'
import { textWidth } from './graph-text.ts'

const DAY_US = 86_400e6
const NOON = Date.UTC(2024, 4, 12, 12) * 1000

function seriesOf(values: readonly (number | string)[], spanUs = DAY_US): GraphSeries {
  const points = values.map((value, index) => ({
    at: Math.round(NOON - spanUs + (spanUs * index) / Math.max(values.length - 1, 1)),
    value: String(value),
  }))
  return { points, from: NOON - spanUs, to: NOON, minValue: null, maxValue: null }
}

const wave = (low: number, high: number): number[] =>
  Array.from({ length: 80 }, (_, index) => low + ((high - low) * (1 + Math.sin(index / 8))) / 2)

const svgOf = (series: GraphSeries, query: Record<string, string> = {}): string =>
  graphSvg(drawingOf(series), parseGraphOptions(query))

type Text = { text: string; left: number; right: number; top: number; bottom: number }

/** Every text of an SVG, with the box it takes. */
function textsOf(svg: string): Text[] {
  return Array.from(
    svg.matchAll(/<text x="(.*?)" y="(.*?)" font-size="(.*?)" text-anchor="(.*?)".*?>(.*?)<\/text>/g),
  ).map(([, x = '', y = '', size = '', anchor = '', escaped = '']) => {
    const text = escaped
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
    const width = textWidth(text, Number(size))
    const left = Number(x) - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0)
    const baseline = Number(y)
    return {
      text,
      left,
      right: left + width,
      top: baseline - Number(size) * 0.75,
      bottom: baseline + Number(size) * 0.2,
    }
  })
}

const labels = (svg: string): string[] => textsOf(svg).map(({ text }) => text)

describe('what a graph says', () => {
  const full = { b: 'true', g: 'true', t: 'Living room', l: 'Upstairs', timezone: 'Berlin' }

  test('everything, where there is room', () => {
    const series = { ...seriesOf(wave(12, 22)), unitLabel: 'Celsius' }
    expect(labels(svgOf(series, full)).join(' | ')).toBe(
      '12 | 14 | 16 | 18 | 20 | 22 | 15:00 | 18:00 | 21:00 | 12 May | 03:00 | 06:00 | 09:00 | 12:00 | ' +
        '11 – 12 May 2024 | Europe/Berlin | Living room | Celsius | Upstairs',
    )
  })

  test.each([
    ['nothing that was not asked for', { ...full, b: 'false', t: '', l: '' }, ''],
    ['no label on a stamp', { ...full, w: '50', h: '30' }, ''],
    ['a title and a few labels on a badge', { ...full, w: '120', h: '60' }, '15 | 20 | 12 May | Living room'],
    [
      'an offset as a zone',
      { b: 'true', w: '300', h: '160', timezone: '-3.5' },
      '10 | 15 | 20 | 12:00 | 18:00 | 12 May | 06:00 | 11 – 12 May 2024 | UTC−03:30',
    ],
  ])('%s', (_, query, expected) => {
    expect(labels(svgOf(seriesOf(wave(12, 22)), query)).join(' | ')).toBe(expected)
  })

  test.each([
    ['no points', [], 'No datapoints in this window'],
    ['text only', ['open', 'closed'], 'No numeric datapoints'],
  ])('%s: %s', (_, values, note) => {
    const svg = svgOf(seriesOf(values), { t: 'Door' })
    expect(labels(svg)).toEqual([note, 'Door'])
    expect(svg).not.toContain('stroke-linejoin')
  })

  test('points outside the window are none of it', () => {
    const late = { ...seriesOf([1, 2, 3]), from: NOON + DAY_US, to: NOON + 2 * DAY_US }
    expect(labels(svgOf(late))).toEqual(['No datapoints in this window'])
  })
})

describe('what a graph draws', () => {
  test('a line in the colour and width asked for, above an area', () => {
    const svg = svgOf(seriesOf([0, 10]), { c: 'f15a24', s: '3', w: '100', h: '50' })
    expect(svg).toContain('<path d="M4 46L96 4" fill="none" stroke="#f15a24" stroke-width="3"')
    expect(svg).toContain('<path d="M4 46L96 4L96 46L4 46Z" fill="#f15a24" fill-opacity="0.09"/>')
  })

  test('an area reaches down to zero where zero is to be seen', () => {
    expect(svgOf(seriesOf([-10, 10]), { w: '100', h: '50' })).toContain('L96 25L4 25Z')
  })

  test.each([
    ['inside the plot', {}, false],
    ['above it', { scale: 'manual', min: '0', max: '50' }, true],
    ['below it', { scale: 'manual', min: '50', max: '200' }, true],
  ])('a line %s is clipped if it must be', (_, query, isClipped) => {
    expect(svgOf(seriesOf([0, 100]), query).includes('<clipPath')).toBe(isClipped)
  })

  test('one number is a dot; what is between texts is the line of the numbers', () => {
    expect(svgOf(seriesOf(['n/a', 5, 'n/a']))).toContain('<circle cx="300"')
    const line = svgOf(seriesOf([0, 'off', 10]), { w: '100', h: '50' })
    expect(line).toContain('d="M4 46L96 4"')
  })

  test.each([
    ['manual', '0', '100', 'M4 35.5L96 14.5'],
    // min and max belong to the scale named manual
    ['auto', '0', '100', 'M4 46L96 4'],
    ['datastream', '', '', 'M4 43.75L96 35.27'],
  ])('scale %s, %s to %s', (scale, min, max, line) => {
    const series = { ...seriesOf([25, 75]), minValue: 25, maxValue: 246 }
    const svg = svgOf(scale === 'auto' ? seriesOf([0, 50]) : series, { scale, min, max, w: '100', h: '50' })
    expect(svg).toContain(line)
  })
})

const SHAPES: Record<string, GraphSeries> = {
  negative: seriesOf(wave(-18, -5)),
  'both signs': seriesOf(wave(-5, 7)),
  'a tiny range': seriesOf(wave(20.001, 20.002)),
  'huge numbers': seriesOf(wave(1e12, 3e12)),
  'a small change of a huge number': seriesOf(wave(1e12, 1e12 + 8)),
  'the largest numbers': seriesOf([-1.7e308, 1.7e308, 0]),
  'the smallest numbers': seriesOf([5e-324, 0, -5e-324]),
  constant: seriesOf([20, 20, 20]),
  zero: seriesOf([0, 0]),
  one: seriesOf([21.5]),
  none: seriesOf([]),
  text: seriesOf(['open', '', '<b>']),
  'ten seconds': seriesOf(wave(12, 22), 10e6),
  'an hour': seriesOf(wave(12, 22), 3600e6),
  'thirty days': seriesOf(wave(12, 22), 30 * DAY_US),
  'a year': seriesOf(wave(12, 22), 366 * DAY_US),
  'three centuries': seriesOf(wave(12, 22), 300 * 366 * DAY_US),
  'no window': { ...seriesOf(wave(12, 22)), from: NOON, to: NOON },
  'a window backwards': { ...seriesOf(wave(12, 22)), from: NOON, to: NOON - DAY_US },
  'an impossible window': { ...seriesOf(wave(12, 22)), from: Number.NaN, to: Infinity },
  'a point without a time': {
    ...seriesOf([]),
    points: [
      { at: Number.NaN, value: '1' },
      { at: NOON, value: '2' },
    ],
  },
  'points in disorder': {
    ...seriesOf([]),
    points: [3, 1, 2].map((hour) => ({ at: NOON - hour * 3600e6, value: '1' })),
  },
  'an odd datastream': { ...seriesOf([]), minValue: Number.NaN, maxValue: -Infinity },
  'a hostile unit': { ...seriesOf(wave(12, 22)), unitLabel: '"/><script>&\u0000\ud800' + 'x'.repeat(300) },
}
const SIZES = [
  [50, 30],
  [2000, 30],
  [50, 2000],
  [100, 52],
  [120, 60],
  [300, 160],
  [600, 300],
  [1200, 500],
] as const
const WORDS = {
  t: '<script>alert("1")</script> & \u0000 😀 مرحبا',
  l: 'A legend that is rather long for a small image',
}

describe.each(Object.keys(SHAPES))('%s', (name) => {
  test.each(SIZES)('on %d × %d: well-formed, no text outside the image or on another', (width, height) => {
    for (const extra of [{}, { b: 'true' }, { b: 'true', g: 'true', ...WORDS }, { g: 'true', ...WORDS }]) {
      const query = { w: String(width), h: String(height), timezone: 'Adelaide', ...extra }
      const svg = svgOf(SHAPES[name] ?? seriesOf([]), query)
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
      // the renderer's parser refuses what is not well-formed
      expect(new Resvg(svg, { font: { loadSystemFonts: false } })).toMatchObject({ width, height })
      const texts = textsOf(svg)
      expect(
        texts.filter(({ left, right, top, bottom }) => left < 0 || right > width || top < -1 || bottom > height),
      ).toEqual([])
      const touching = texts.flatMap((a, index) =>
        texts
          .slice(index + 1)
          .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          .map((b) => [a, b]),
      )
      expect(touching).toEqual([])
    }
  })
})
