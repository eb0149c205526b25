import { expect, test } from 'vitest'
import { Timeline, canonical } from './timeline.ts'

type Short = [at: number, value: string]
const point = (datastream: string, [at, value]: Short) => ({
  datastream,
  at: `2026-01-01T00:${String(at).padStart(2, '0')}:00.000000Z`,
  value,
})
const points = (...list: Short[]) => list.map((short) => point('t', short))

test.each([
  { name: 'nothing missed', known: [[1, 'a']], history: [[1, 'a']], events: [], news: [] },
  {
    name: 'one missed',
    known: [[1, 'a']],
    history: [
      [1, 'a'],
      [2, 'b'],
    ],
    events: [],
    news: [[2, 'b']],
  },
  { name: 'an event that history has too', known: [], history: [[1, 'a']], events: [[1, 'a']], news: [[1, 'a']] },
  {
    name: 'an event newer than history',
    known: [],
    history: [[1, 'a']],
    events: [[2, 'b']],
    news: [
      [1, 'a'],
      [2, 'b'],
    ],
  },
  { name: 'a late event', known: [[3, 'c']], history: [[3, 'c']], events: [[2, 'b']], news: [[2, 'b']] },
  {
    name: 'history out of order',
    known: [],
    history: [
      [3, 'c'],
      [1, 'a'],
    ],
    events: [[2, 'b']],
    news: [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ],
  },
  { name: 'a point replaced meanwhile', known: [[1, 'a']], history: [[1, 'b']], events: [], news: [[1, 'b']] },
  {
    name: 'a point replaced in an event after history was read',
    known: [],
    history: [[1, 'a']],
    events: [[1, 'b']],
    news: [
      [1, 'a'],
      [1, 'b'],
    ],
  },
  {
    name: 'a point replaced twice',
    known: [[1, 'a']],
    history: [[1, 'a']],
    events: [
      [1, 'b'],
      [1, 'a'],
    ],
    news: [
      [1, 'b'],
      [1, 'a'],
    ],
  },
] as { name: string; known: Short[]; history: Short[]; events: Short[]; news: Short[] }[])(
  'missed: $name',
  ({ known, history, events, news }) => {
    const timeline = new Timeline(null)
    timeline.learn(points(...known))
    expect(timeline.takeMissed(points(...history), points(...events))).toEqual(points(...news))
    // what is delivered is known from then on
    expect(timeline.takeMissed(points(...news.slice(-1)), [])).toEqual([])
  },
)

test('another datastream at the same time is another point', () => {
  const timeline = new Timeline(null)
  timeline.learn([point('t', [1, 'a'])])
  expect(timeline.takeEvents([point('u', [1, 'a']), point('t', [1, 'a'])])).toEqual([point('u', [1, 'a'])])
})

test('what is older than since is known, what is newer is not; late events still pass', () => {
  const timeline = new Timeline(point('t', [5, '']).at)
  expect(timeline.takeMissed(points([4, 'a'], [5, 'b'], [6, 'c']), points([3, 'd']))).toEqual(
    points([3, 'd'], [6, 'c']),
  )
})

test('forgets the oldest by at, and counts history there as known: a clock ahead does not hide the present', () => {
  const timeline = new Timeline(null, 8)
  timeline.takeEvents(points([59, 'ahead']))
  const many = points(...Array.from({ length: 20 }, (_, at): Short => [at, 'x']))
  expect(timeline.takeEvents(many)).toEqual(many)
  expect(timeline.takeMissed([...many, ...points([59, 'ahead'], [20, 'new'])], [])).toEqual(points([20, 'new']))
  expect(timeline.newest('t')).toBe(point('t', [59, '']).at)
})

test.each([
  { at: '2026-01-01T00:00:00Z', text: '2026-01-01T00:00:00.000000Z' },
  { at: '2026-01-01T01:00:00.5+01:00', text: '2026-01-01T00:00:00.500000Z' },
  { at: 'yesterday', text: null },
])('$at is $text', ({ at, text }) => {
  expect(canonical(at)).toBe(text)
})
