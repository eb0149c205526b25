import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatTimestamp, parseTimestamp, type DatapointDocument, type DatastreamDocument } from '@sluice/model'
import { startTestApi, type TestApi } from './test-api.ts'

let api: TestApi
let feed: string
beforeAll(async () => {
  api = await startTestApi()
  const made = await api.send('POST', '/v2/feeds', { key: api.home.masterKey, body: { title: 'f', private: true } })
  feed = new URL(made.headers.get('location') ?? '').pathname
})
afterAll(() => api[Symbol.asyncDispose]())

const TICK_US = 900e6
const at = (text: string): number => parseTimestamp(text) ?? Number.NaN

/** days around a change of the offset, and a zone that has none */
const PLACES = [
  { zone: 'Europe/Berlin', around: at('2026-03-29T01:00:00Z') },
  { zone: 'Europe/Berlin', around: at('2025-10-26T01:00:00Z') },
  { zone: 'America/New_York', around: at('2026-03-08T07:00:00Z') },
  { zone: 'America/New_York', around: at('2025-11-02T06:00:00Z') },
  { zone: 'Australia/Lord_Howe', around: at('2026-04-04T15:00:00Z') },
  { zone: 'Australia/Lord_Howe', around: at('2025-10-04T15:30:00Z') },
  { zone: 'Asia/Kathmandu', around: at('2026-01-31T18:15:00Z') },
]

/** What a clock there shows, minutes since 1970. */
function clockIn(zone: string): (moment: number) => number {
  const numeric = { hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, ...numeric, hour: 'numeric', minute: 'numeric' })
  return (moment) => {
    const parts = new Map(format.formatToParts(moment / 1000).map(({ type, value }) => [type, Number(value)]))
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = (
      ['year', 'month', 'day', 'hour', 'minute'] as const
    ).map((type) => parts.get(type))
    return Date.UTC(year, month - 1, day, hour, minute) / 60_000
  }
}

/**
 * Steps found by walking a quarter of an hour at a time and looking at the clock: it shows a multiple of the interval,
 * or has just jumped over one. What it showed before is no step, unless the interval fits into what it shows again.
 */
function walkedSteps(zone: string, minutes: number, { from, to }: { from: number; to: number }): number[] {
  const clock = clockIn(zone)
  const steps: number[] = []
  const start = Math.ceil(from / TICK_US) * TICK_US - 3 * 86_400e6
  let before = clock(start - TICK_US)
  let shownTo = before
  let repeated = 0
  for (let moment = start; moment <= to; moment += TICK_US) {
    const shown = clock(moment)
    if (shown < before) repeated = before + 15 - shown
    const isFirst = shown > shownTo
    const isJumpedOver = Math.floor((shown - 1) / minutes) > Math.floor(before / minutes) && shown > before + 15
    if ((shown % minutes === 0 && (isFirst || minutes <= repeated)) || isJumpedOver) steps.push(moment)
    before = shown
    shownTo = Math.max(shownTo, shown)
  }
  return steps.filter((step) => step >= from)
}

type Point = { at: number; value: number }
type Window = { from: number; to: number }

function walkedHistory(list: readonly Point[], steps: readonly number[], as: string, { to }: Window): Point[] {
  return steps.flatMap((step, index) => {
    if (as === 'discrete') {
      const last = list.findLast((point) => point.at <= step)
      return last ? { at: step, value: last.value } : []
    }
    const next = steps[index + 1] ?? Number.POSITIVE_INFINITY
    const inside = list.filter((point) => point.at >= step && point.at < next && point.at <= to)
    if (inside.length === 0) return []
    const sum = inside.reduce((total, { value }) => total + value, 0)
    return { at: step, value: as === 'sum' ? sum : Math.max(...inside.map(({ value }) => value)) }
  })
}

const question = fc.record({
  place: fc.constantFrom(...PLACES),
  minutes: fc.constantFrom(15, 30, 60, 180, 360, 720, 1440),
  as: fc.constantFrom('discrete', 'sum', 'max'),
  ahead: fc.integer({ min: -200, max: 100 }),
  length: fc.integer({ min: 1, max: 300 }),
  points: fc.uniqueArray(
    fc.record({
      tick: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.double({ min: -300, max: 300, noNaN: true })),
      value: fc.integer({ min: -50, max: 50 }),
    }),
    { minLength: 1, maxLength: 30, selector: ({ tick }) => String(Math.round(tick * TICK_US)) },
  ),
})

let count = 0

test('any window in any zone is answered like by walking through the days and looking at a clock', async () => {
  await fc.assert(
    fc.asyncProperty(question, async ({ place, minutes, as, ahead, length, points }) => {
      const list = points
        .map(({ tick, value }) => ({ at: place.around + Math.round(tick * TICK_US), value }))
        .sort((a, b) => a.at - b.at)
      const window = { from: place.around + ahead * TICK_US, to: place.around + (ahead + length) * TICK_US }
      const id = await store(list)
      const query = new URLSearchParams({
        start: formatTimestamp(window.from),
        end: formatTimestamp(window.to),
        timezone: place.zone,
        interval: String(minutes * 60),
        limit: '1000',
        ...(as === 'discrete' ? { interval_type: as } : { function: as }),
      })
      const answer = await api.send('GET', `${feed}/datastreams/${id}?${query.toString()}`, { key: api.home.masterKey })
      const found = (answer.document as DatastreamDocument).datapoints ?? []
      await api.send('DELETE', `${feed}/datastreams/${id}`, { key: api.home.masterKey })
      const steps = walkedSteps(place.zone, minutes, window)
      expect(found.map(readPoint)).toEqual(walkedHistory(list, steps, as, window))
    }),
    { numRuns: 60 },
  )
}, 120_000)

const readPoint = (point: DatapointDocument): Point => ({ at: at(point.at), value: Number(point.value) })

async function store(list: readonly Point[]): Promise<string> {
  const id = `s${count++}`
  const datapoints = list.map(({ at: moment, value }) => ({ at: formatTimestamp(moment), value }))
  const sent = { key: api.home.masterKey, body: { id, datapoints } }
  expect(await api.send('POST', `${feed}/datastreams`, sent)).toMatchObject({ status: 201 })
  return id
}
