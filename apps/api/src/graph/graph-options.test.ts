import { expect, test } from 'vitest'
import { parseGraphOptions, type GraphOptions } from './graph-options.ts'

const DEFAULTS: GraphOptions = {
  width: 600,
  height: 300,
  color: '#0a6e7c',
  title: '',
  legend: '',
  strokePx: 1.5,
  hasAxisLabels: false,
  hasDetailedGrid: false,
  scale: { kind: 'auto' },
  timeZone: 'UTC',
}

const AUTO = { kind: 'auto' } as const

test.each<[query: Record<string, string>, different: Partial<GraphOptions>]>([
  [{}, {}],
  // sizes
  [
    { w: '300', h: '160' },
    { width: 300, height: 160 },
  ],
  [
    { width: '470.5', height: ' 200 ' },
    { width: 471, height: 200 },
  ],
  [{ w: '730', width: '100' }, { width: 730 }],
  [
    { w: '1', h: '1' },
    { width: 50, height: 30 },
  ],
  [
    { w: '-5', h: '0' },
    { width: 50, height: 30 },
  ],
  [
    { w: '1e9', h: '300' },
    { width: 2000, height: 300 },
  ],
  [
    { w: '2000', h: '1000' },
    { width: 2000, height: 1000 },
  ],
  [
    { w: '2000', h: '2000' },
    { width: 1414, height: 1414 },
  ],
  [
    { w: '2000', h: '1250' },
    { width: 1788, height: 1118 },
  ],
  [{ w: 'wide', h: '100%' }, {}],
  [{ w: '', h: 'NaN' }, {}],
  // colours
  [{ c: 'f15a24' }, { color: '#f15a24' }],
  [{ colour: '#F15A24' }, { color: '#f15a24' }],
  [{ color: '0000FF' }, { color: '#0000ff' }],
  [{ c: 'f0a' }, { color: '#ff00aa' }],
  [{ c: 'red' }, {}],
  [{ c: 'f15a2' }, {}],
  [{ c: '"/><script>' }, {}],
  // texts
  [
    { t: ' Living\troom\r\n', l: 'a & b' },
    { title: 'Living room', legend: 'a & b' },
  ],
  [
    { title: 'Room', legend: 'watts' },
    { title: 'Room', legend: 'watts' },
  ],
  [{ t: 'a\u0000b\u001b\uffff' }, { title: 'a b' }],
  [{ t: 'x'.repeat(101) }, { title: 'x'.repeat(100) }],
  [{ t: '😀'.repeat(101) }, { title: '😀'.repeat(100) }],
  [{ t: 'half \ud83d' }, { title: 'half \ufffd' }],
  // stroke
  [{ s: '7' }, { strokePx: 7 }],
  [{ stroke_size: '2' }, { strokePx: 2 }],
  [{ s: '0' }, { strokePx: 1 }],
  [{ s: '11' }, { strokePx: 10 }],
  [{ s: 'thick' }, {}],
  // switches
  [
    { b: 'true', g: '1' },
    { hasAxisLabels: true, hasDetailedGrid: true },
  ],
  [
    { show_axis_labels: 'True', detailed_grid: 'yes' },
    { hasAxisLabels: true, hasDetailedGrid: true },
  ],
  [{ b: 'false', g: '' }, {}],
  [{ b: 'false', show_axis_labels: 'true' }, {}],
  // scale
  [{ scale: 'datastream', min: '0' }, { scale: { kind: 'datastream' } }],
  [{ scale: 'manual', min: '15', max: '25.5' }, { scale: { kind: 'manual', min: 15, max: 25.5 } }],
  [{ scale: 'Manual', min: '-1e3', max: ' 0 ' }, { scale: { kind: 'manual', min: -1000, max: 0 } }],
  [{ scale: 'manual', min: '25', max: '15' }, { scale: AUTO }],
  [{ scale: 'manual', min: '5', max: '5' }, { scale: AUTO }],
  [{ scale: 'manual', max: '5' }, { scale: AUTO }],
  [{ scale: 'manual', min: 'low', max: '5' }, { scale: AUTO }],
  [{ scale: 'auto', min: '0', max: '3000' }, { scale: AUTO }],
  [{ scale: '' }, { scale: AUTO }],
  // zones
  [{ timezone: 'Berlin' }, { timeZone: 'Europe/Berlin' }],
  [{ timezone: 'Nowhere' }, {}],
  // what other parts of the address say is none of ours
  [{ duration: '1day', key: 'k', r: '2', scale: 'log' }, {}],
])('%j', (query, different) => {
  expect(parseGraphOptions(query)).toEqual({ ...DEFAULTS, ...different })
})
