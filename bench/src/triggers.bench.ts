// What triggers cost the taking in of values, and how soon a crossing is at its target. Each round measures the same
// load on datastreams without and with a trigger, one after the other; the ratio is taken within a round.
import { setTimeout as pause } from 'node:timers/promises'
import type { LoadResult } from './load.ts'
import { runLoad, startPlatform } from './platform.ts'
import { makeDatastreams, makeTriggers, openTarget } from './triggers-setup.ts'
import type { Stream } from './triggers-setup.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
const DATASTREAMS = Number(process.env['BENCH_DATASTREAMS'] ?? 10_000)
const CONNECTIONS = 256
/** one value in so many crosses: a device that sends every 10 s then fires every three hours */
const PEAK_EVERY = Number(process.env['BENCH_PEAK_EVERY'] ?? 1_000)
const TARGETS = 20
const FIRINGS_PER_S = 200
const FIRINGS_S = 20

await using target = await openTarget()
await using platform = await startPlatform({ SLUICE_EGRESS_ALLOW: '127.0.0.0/8', SLUICE_RATE_PER_MINUTE: '0' })
const { firstRun, port } = platform
const without = await makeDatastreams(firstRun, DATASTREAMS)
const watched = await makeDatastreams(firstRun, DATASTREAMS)
const urls = Array.from({ length: TARGETS }, (_, index) => target.url(String(index)))
await makeTriggers(firstRun, watched, urls)

const rounds: { without: LoadResult; with: LoadResult }[] = []
// until every datastream has been written more than once
await load(without, SECONDS)
await load(watched, SECONDS)
for (let round = 0; round < ROUNDS; round++) {
  const first = round % 2 === 0 ? await load(without, SECONDS) : null
  const withTriggers = await load(watched, SECONDS)
  rounds.push({ without: first ?? (await load(without, SECONDS)), with: withTriggers })
}
const requestsUnderLoad = target.count()
await lower()
const latencies = await fire()
report()

async function load(streams: readonly Stream[], seconds: number): Promise<LoadResult> {
  const share = Math.ceil(streams.length / CONNECTIONS)
  const targets = Array.from({ length: CONNECTIONS }, (_, index) => ({
    paths: streams.slice(index * share, (index + 1) * share).map(({ path }) => path),
    apiKey: firstRun.apiKey,
  })).filter(({ paths }) => paths.length > 0)
  const result = await runLoad({ port, targets, kind: 'single', points: 1, peakEvery: PEAK_EVERY, seconds })
  await pause(500)
  return result
}

/** A datastream whose last value is a peak could not cross. */
async function lower(): Promise<void> {
  const ids = Map.groupBy(watched, ({ feedId }) => feedId)
  for (const [feedId, streams] of ids) {
    const answer = await fetch(`${firstRun.url}/v2/feeds/${feedId}`, {
      method: 'PUT',
      headers: { 'X-ApiKey': firstRun.apiKey },
      body: JSON.stringify({ datastreams: streams.map(({ id }) => ({ id, current_value: '20' })) }),
    })
    if (answer.status !== 200) throw new Error(`lowering values: ${answer.status} ${await answer.text()}`)
  }
}

/** Crossings at a fixed rate, whatever becomes of them: the time from sending the value to the target's getting it. */
async function fire(): Promise<number[]> {
  const sentAt = new Map<string, number>()
  const took: number[] = []
  target.onRequest(({ data }) => {
    const { datastream, environment } = data
    const at = sentAt.get(`${environment.id} ${datastream.id} ${datastream.value}`)
    if (at !== undefined) took.push(performance.now() - at)
  })
  const put = (stream: Stream, value: string): Promise<Response> =>
    fetch(`${firstRun.url}${stream.path}`, {
      method: 'PUT',
      headers: { 'X-ApiKey': firstRun.apiKey },
      body: JSON.stringify({ current_value: value }),
    })
  const startedAt = performance.now()
  const total = FIRINGS_PER_S * FIRINGS_S
  const answers: Promise<unknown>[] = []
  for (let count = 0; count < total; count++) {
    const due = startedAt + (count * 1000) / FIRINGS_PER_S
    if (due > performance.now()) await pause(due - performance.now())
    const stream = watched[count % watched.length] as Stream
    const value = `1${String(count).padStart(6, '0')}`
    sentAt.set(`${stream.feedId} ${stream.id} ${value}`, performance.now())
    // down again at once, so that it can cross again
    answers.push(
      put(stream, value)
        .then((answer) => answer.arrayBuffer())
        .then(() => put(stream, '20')),
    )
  }
  await Promise.all(answers)
  for (let tries = 0; tries < 100 && took.length < total; tries++) await pause(100)
  if (took.length !== total) throw new Error(`${took.length} of ${total} crossings came to their target`)
  return took.toSorted((a, b) => a - b)
}

function report(): void {
  const perS = ({ requests, seconds }: LoadResult): number => requests / seconds
  const at = (share: number): number => Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 10) / 10
  for (const [name, of] of [
    ['without triggers', 'without'],
    ['with triggers', 'with'],
  ] as const) {
    const rate = median(rounds.map((round) => perS(round[of])))
    const p99 = median(rounds.map((round) => round[of].p99Ms))
    console.log(
      `${name.padEnd(28)}${Math.round(rate).toLocaleString('en').padStart(10)} requests/s  p99 ${p99.toFixed(1)} ms`,
    )
  }
  console.log(`deliveries during the load: ${requestsUnderLoad}`)
  console.log(
    `crossing → request, ${FIRINGS_PER_S} firings/s: p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  max ${at(0.9999)} ms`,
  )
  const ratio = median(rounds.map((round) => perS(round.with) / perS(round.without)))
  const ratios = { ingest_with_vs_without: Math.round(ratio * 100) / 100 }
  console.log(
    JSON.stringify({
      bench: 'triggers',
      ratios,
      p99_ms: at(0.99),
      datastreams: DATASTREAMS,
      rounds: ROUNDS,
      seconds: SECONDS,
    }),
  )
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
