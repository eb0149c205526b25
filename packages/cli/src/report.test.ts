import type { DeliveryDocument } from '@sluice/model'
import { expect, test } from 'vitest'
import type { Outcome } from './forward.ts'
import { makeJsonReport, makeTextReport, shown } from './report.ts'

const OK: Outcome = { status: 200, error: null, durationMs: 12.4 }
const DELIVERY = {
  id: '0b9ac1a4-0000-4000-8000-000000000000',
  number: 7,
  trigger_id: 3,
  trigger_name: 'too hot',
  environment_id: 1977,
  stream_id: 'temperature',
  cause: 'value',
  at: '2026-11-22T12:00:00.000000Z',
  value: '31.50',
  test: false,
  fired_at: new Date().toISOString(),
} as DeliveryDocument

function text(isColoured = false) {
  const lines: string[] = []
  return { lines, report: makeTextReport((line) => lines.push(line), isColoured) }
}

test.each([
  { change: {}, outcome: OK, line: / {2}too hot {15}value {5}temperature 31\.50 {2}→ 200 {2}12 ms$/ },
  { change: { test: true }, outcome: OK, line: / {2}too hot \(test\) {8}value/ },
  { change: { value: null, cause: 'silence' as const }, outcome: OK, line: /silence {3}temperature – {2}→ 200/ },
  { change: {}, outcome: { ...OK, status: 500, error: 'not a 2xx' }, line: /→ 500 not a 2xx {2}12 ms$/ },
  { change: {}, outcome: { ...OK, status: null, error: 'no such host' }, line: /→ no such host {2}12 ms$/ },
  { change: { fired_at: '2025-01-02T12:00:00Z' }, outcome: OK, line: /^2025-01-0[123] \d\d:\d\d:\d\d {2}too hot/ },
])('a delivery with $change and $outcome', ({ change, outcome, line }) => {
  const { lines, report } = text()
  report.delivery({ ...DELIVERY, ...change }, outcome)
  expect(lines).toEqual([expect.stringMatching(line)])
})

test.each([
  { isColoured: false, escapes: 0 },
  { isColoured: true, escapes: 4 },
])('coloured $isColoured', ({ isColoured, escapes }) => {
  const { lines, report } = text(isColoured)
  report.delivery(DELIVERY, OK)
  expect(lines.join().split('\u001b').length - 1).toBe(escapes)
})

test('the start tells the secret only when it was made for it', () => {
  const start = { url: 'http://a', forwardTo: 'http://b/', triggers: null, secret: 'whsec_abc' }
  const { lines, report } = text()
  report.start(start)
  report.start({ ...start, triggers: ['one', 'two\u0007'], secret: null })
  expect(lines).toEqual([
    'Listening on   http://a (all triggers)',
    'Forwarding to  http://b/',
    'Signing with   whsec_abc (made for this run, shown once)',
    'Listening on   http://a (one, two�)',
    'Forwarding to  http://b/',
    'Signing with   the secret of --secret',
  ])
})

test.each([
  { text: 'plain ü 温度', line: 'plain ü 温度' },
  { text: 'a\nb\r\u001b[31mc\u009b', line: 'a�b��[31mc�' },
  { text: 'right\u202eto left', line: 'right�to left' },
  { text: 'x'.repeat(61), line: `${'x'.repeat(59)}…` },
])('$line', ({ text, line }) => {
  expect(shown(text)).toBe(line)
})

test('as JSON: one object a line, whatever a value holds', () => {
  const lines: string[] = []
  const report = makeJsonReport((line) => lines.push(line))
  report.note('Connected again')
  report.delivery({ ...DELIVERY, value: 'a\nb' }, { status: null, error: 'no such host', durationMs: 3 })
  report.sum({ forwarded: 12, failed: 1 })
  expect(lines.map((line) => (line.includes('\n') ? null : JSON.parse(line)))).toEqual([
    { type: 'note', text: 'Connected again' },
    {
      type: 'delivery',
      ...DELIVERY,
      value: 'a\nb',
      outcome: 'failed',
      status: null,
      error: 'no such host',
      duration_ms: 3,
    },
    { type: 'sum', forwarded: 12, failed: 1 },
  ])
})
