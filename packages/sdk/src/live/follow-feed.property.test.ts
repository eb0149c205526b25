import { formatTimestamp } from '@sluice/model'
import type { DatapointEvent, FeedDocument } from '@sluice/model'
import type { EventHandler, Session } from '@sluice/wamp'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HistoryQuery } from '../history-query.ts'
import { followFeed } from './follow-feed.ts'
import type { Follower } from './link.ts'
import type { Archive } from './missed.ts'
import { canonical } from './timeline.ts'

/** server's clock at the beginning, microseconds */
const BEGIN = Date.UTC(2026, 0, 1) * 1000
const SECOND = 1e6
const EVENT = { publication: 1, topic: '', publisher: null, retained: false, trustlevel: null, dropped: 0, raw: {} }

/** An archive and a bus in which nothing happens by itself: answers and events travel when a step says so. */
class World implements Archive {
  nowUs = BEGIN
  readonly points: DatapointEvent[] = []
  readonly #underway: DatapointEvent[][] = []
  #handler: EventHandler | null = null
  /** dropped since the last that passed */
  #lost = 0
  #answers: (() => void)[] = []
  #follower: Follower | null = null
  aliveMs = BEGIN / 1000

  readonly link = {
    aliveMs: () => this.aliveMs,
    close: async () => {},
    follow: (follower: Follower) => {
      this.#follower = follower
      return () => {}
    },
  }

  write(points: DatapointEvent[]): void {
    for (const point of points) {
      const same = this.points.findIndex((other) => other.datastream === point.datastream && other.at === point.at)
      this.points.splice(same < 0 ? this.points.length : same, same < 0 ? 0 : 1, point)
    }
    if (this.#handler) this.#underway.push(points)
  }

  pass(): void {
    const points = this.#underway.shift()
    if (points) this.#handler?.([points], {}, { ...EVENT, dropped: this.#lost })
    if (points) this.#lost = 0
  }

  /** The router drops an event; never the last, which waits to tell of those before it. */
  drop(): void {
    if (this.#underway.length < 2) return
    this.#underway.shift()
    this.#lost += 1
  }

  connect(): void {
    if (this.#handler) return
    this.aliveMs = this.nowUs / 1000
    const subscribe = async (_topic: string, handler: EventHandler): Promise<unknown> => {
      this.#handler = handler
      return { id: 1, unsubscribe: async () => {} }
    }
    this.#follower?.joined({ subscribe } as unknown as Session)
  }

  cut(): void {
    if (!this.#handler) return
    this.#handler = null
    this.#underway.length = 0
    this.#lost = 0
    this.#follower?.lost()
  }

  answer(): void {
    for (const answer of this.#answers.splice(0)) answer()
  }

  get isQuiet(): boolean {
    return this.#answers.length === 0 && this.#underway.length === 0
  }

  async feed({ start = '', end = '', limit = 100 }: HistoryQuery): Promise<FeedDocument> {
    await new Promise<void>((resolve) => this.#answers.push(resolve))
    const ids = [...new Set(this.points.map(({ datastream }) => datastream))]
    return { datastreams: ids.map((id) => this.#read(id, start, end, limit)) } as unknown as FeedDocument
  }

  async datastream(id: string, { start = '', end = '', limit = 100 }: HistoryQuery) {
    await new Promise<void>((resolve) => this.#answers.push(resolve))
    return this.#read(id, start, end, limit)
  }

  #read(id: string, start: string, end: string, limit: number) {
    const own = this.points.filter(({ datastream }) => datastream === id).sort((a, b) => (a.at < b.at ? -1 : 1))
    const newest = own.at(-1)
    const [from, to] = [canonical(start) ?? '', canonical(end) ?? '']
    const inside = own.filter(({ at }) => at >= from && at <= to)
    const datapoints = inside.slice(0, limit).map(({ at, value }) => ({ at, value }))
    return { id, ...(newest ? { at: newest.at, current_value: newest.value } : {}), datapoints }
  }
}

/** Lets everything run that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve()
}

async function finish(world: World): Promise<void> {
  world.connect()
  for (;;) {
    world.answer()
    world.pass()
    await settle()
    if (world.isQuiet) return
  }
}

type Step =
  | { do: 'write'; datastream: string; count: number; lateS: number }
  | { do: 'pass' | 'drop' | 'connect' | 'cut' | 'answer' }
  | { do: 'wait'; seconds: number }

const DROP = { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const) }) }

const stepOf = (lateMaxS: number, isLossy: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        datastream: fc.constantFrom('a', 'b', 'slow'),
        count: fc.constantFrom(1, 1, 2, 3, 400),
        lateS: fc.integer({ min: 0, max: lateMaxS }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pass' as const, 'answer' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'cut' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
    },
    ...(isLossy ? [DROP] : []),
  )

/** Runs steps on a feed that had points already. @returns what was delivered, and what was written after the beginning */
async function play(steps: readonly Step[]): Promise<{ delivered: DatapointEvent[]; written: DatapointEvent[] }> {
  const world = new World()
  let count = 0
  const times = new Set<number>()
  const point = (datastream: string, lateS: number): DatapointEvent => {
    // one device's clock is an hour slow
    let us = world.nowUs - lateS * SECOND - (datastream === 'slow' ? 3600 * SECOND : 0)
    while (times.has(us)) us++
    times.add(us)
    world.nowUs += 1
    return { datastream, at: formatTimestamp(us), value: String(++count) }
  }
  world.write([point('a', 10), point('a', 0), point('slow', 0)])
  const before = world.points.length
  world.nowUs += SECOND
  const delivered: DatapointEvent[] = []
  const written: DatapointEvent[] = []
  const handlers = { onDatapoints: (points: DatapointEvent[]) => delivered.push(...points) }
  const parts = { link: world.link, archive: world, listRequests: async () => [], serverNow: () => world.nowUs / 1000 }
  const live = followFeed(1, handlers, parts)
  await settle()
  world.answer()
  await settle()
  expect(world.points).toHaveLength(before)
  for (const step of steps) {
    if (step.do === 'wait') world.nowUs += step.seconds * SECOND
    else if (step.do === 'write') {
      const points = Array.from({ length: step.count }, () => point(step.datastream, step.lateS))
      written.push(...points)
      world.write(points)
    } else world[step.do]()
    await settle()
  }
  await finish(world)
  live.close()
  return { delivered, written }
}

const named = ({ datastream, at, value }: DatapointEvent): string => `${datastream} ${at} ${value}`

test('whatever is cut, dropped, lost and crossed: each point once, and in order of at in each datastream', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf(0, true), { maxLength: 40, size: 'max' }), async (steps) => {
      const { delivered, written } = await play(steps)
      expect(delivered.map(named).sort()).toEqual(written.map(named).sort())
      for (const id of ['a', 'b', 'slow']) {
        const times = delivered.filter(({ datastream }) => datastream === id).map(({ at }) => at)
        expect(times).toEqual([...times].sort())
      }
    }),
    { numRuns: 300 },
  )
}, 30_000)

test('late points, up to four minutes old, come once as well', async () => {
  // none on the slow clock: there they are older than the window for late points
  const step = stepOf(240, false).filter((candidate) => candidate.do !== 'write' || candidate.datastream !== 'slow')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const { delivered, written } = await play(steps)
      expect(delivered.map(named).sort()).toEqual(written.map(named).sort())
    }),
    { numRuns: 300 },
  )
}, 30_000)
