import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'
import { describe, expect, test } from 'vitest'
import { cleanText, escapeXml, fitText, textWidth } from './graph-text.ts'

const fontFiles = [createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')]

/** Pixels that the renderer fills. */
function drawnWidth(text: string, sizePx: number): number {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="50"><text x="9" y="30" font-family="DejaVu Sans" font-size="${sizePx}">${escapeXml(text)}</text></svg>`
  return new Resvg(svg, { font: { loadSystemFonts: false, fontFiles } }).innerBBox()?.width ?? 0
}

describe('widths are those of the font, never too small', () => {
  test.each([
    '1 000 000 000 000',
    '−20.0015',
    '12 May',
    '14:37:11',
    'The quick brown fox jumps over the lazy dog',
    'SPHINX OF BLACK QUARTZ, JUDGE MY VOW',
    'Kilowatt hours (kWh) – 100% @ 230 V; [a+b] = {c/d} | "x"',
    'Größe in µg/m³ bei 25 °C',
  ])('%s', (text) => {
    expect(textWidth(text, 20)).toBeGreaterThanOrEqual(drawnWidth(text, 20) - 1)
    expect(textWidth(text, 20)).toBeLessThanOrEqual(drawnWidth(text, 20) * 1.08 + 4)
  })

  test.each(['Температура воздуха', 'Θερμοκρασία', 'مرحبا بالعالم', '温度計'])('%s: enough', (text) => {
    expect(textWidth(text, 20)).toBeGreaterThanOrEqual(drawnWidth(text, 20) * 0.97)
  })
})

test.each([
  ['Living room', 200, 'Living room'],
  ['Living room', 50, 'Living…'],
  ['Living room', 20, ''],
  ['', 20, ''],
])('%j in %d px: %j', (text, maxPx, fitted) => {
  expect(fitText(text, 11, maxPx)).toBe(fitted)
  expect(textWidth(fitText(text, 11, maxPx), 11)).toBeLessThanOrEqual(maxPx)
})

test.each([
  ['  a \n\t b ', 10, 'a b'],
  ['a\u0000\u0007\u0085b', 10, 'a b'],
  ['a\ufffe\u{1ffff}b', 10, 'a b'],
  ['\udc00\ud800', 10, '\ufffd\ufffd'],
  ['😀😀😀', 2, '😀😀'],
  ['ab cd', 3, 'ab'],
  ['👩‍🚀 مرحبا', 20, '👩‍🚀 مرحبا'],
])('%j in %d characters: %j', (text, charsMax, clean) => {
  expect(cleanText(text, charsMax)).toBe(clean)
})

test('what XML reads as its own is written out', () => {
  expect(escapeXml(`<a href="x">&amp;'</a>`)).toBe(`&lt;a href=&quot;x&quot;&gt;&amp;amp;'&lt;/a&gt;`)
})
