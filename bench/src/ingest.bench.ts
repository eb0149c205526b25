// How fast values are taken in, beside what bounds it. Each round measures Sluice and its limits one after the other on
// the same machine and the same Postgres; the ratio is taken within a round, and the median of the rounds is reported.
import { setTimeout as pause } from 'node:timers/promises'
import { measureCopy } from './copy.ts'
import { startBench } from './ingest-setup.ts'
import type { Bench } from './ingest-setup.ts'
import type { LoadResult } from './load.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
const CONNECTIONS = 256
const GATEWAYS = 16
const POINTS_PER_BATCH = 500
/** What a full group commit of Sluice has, and on how many connections. */
const COMMIT = { points: 1000, lanes: 2 }

type Round = {
  fastify: LoadResult
  pooled: LoadResult
  unbatched: LoadResult
  single: LoadResult
  batch: LoadResult
  copyPointsPerS: number
}

await using bench = await startBench({ devices: CONNECTIONS })
const rounds: Round[] = []
await measureRound(bench, 1)
for (let count = 0; count < ROUNDS; count++) rounds.push(await measureRound(bench, SECONDS))
report()

async function measureRound({ ports, load, databaseUrl }: Bench, seconds: number): Promise<Round> {
  const single = { kind: 'single', connections: CONNECTIONS, points: 1, seconds } as const
  const fastify = await load({ port: ports.fastify, ...single })
  const unbatched = await load({ port: ports.unbatched, ...single })
  const pooled = await load({ port: ports.pooled, ...single })
  const sluice = await load({ port: ports.sluice, ...single })
  const batch = await load({
    port: ports.sluice,
    kind: 'batch',
    connections: GATEWAYS,
    points: POINTS_PER_BATCH,
    seconds,
  })
  // let the server's last commits and the database's own writing settle before the next measurement
  await pause(500)
  const copyPointsPerS = await measureCopy({
    url: databaseUrl,
    connections: COMMIT.lanes,
    pointsPerCopy: COMMIT.points,
    seconds,
  })
  await pause(500)
  return { fastify, unbatched, pooled, single: sluice, batch, copyPointsPerS }
}

function report(): void {
  const perS = (result: LoadResult): number => result.requests / result.seconds
  const rows: [string, number, string, LoadResult | null][] = [
    ['bare Fastify route', median(rounds.map((r) => perS(r.fastify))), 'requests/s', middle((r) => r.fastify)],
    ['one INSERT a request', median(rounds.map((r) => perS(r.unbatched))), 'requests/s', middle((r) => r.unbatched)],
    ['… on 20 connections', median(rounds.map((r) => perS(r.pooled))), 'requests/s', middle((r) => r.pooled)],
    ['Sluice, single values', median(rounds.map((r) => perS(r.single))), 'requests/s', middle((r) => r.single)],
    [
      'Sluice, 500-point batches',
      median(rounds.map((r) => perS(r.batch) * POINTS_PER_BATCH)),
      'points/s',
      middle((r) => r.batch),
    ],
    ['raw COPY', median(rounds.map((r) => r.copyPointsPerS)), 'points/s', null],
  ]
  for (const [name, rate, unit, latency] of rows) {
    const times = latency ? `p50 ${latency.p50Ms.toFixed(1)} ms  p99 ${latency.p99Ms.toFixed(1)} ms` : ''
    console.log(`${name.padEnd(28)}${Math.round(rate).toLocaleString('en').padStart(10)} ${unit.padEnd(12)}${times}`)
  }
  const ratios = {
    single_vs_fastify: ratio((r) => perS(r.single) / perS(r.fastify)),
    single_vs_unbatched: ratio((r) => perS(r.single) / perS(r.unbatched)),
    single_vs_pooled: ratio((r) => perS(r.single) / perS(r.pooled)),
    batch_vs_copy: ratio((r) => (perS(r.batch) * POINTS_PER_BATCH) / r.copyPointsPerS),
  }
  console.log(JSON.stringify({ bench: 'ingest', ratios, rounds: ROUNDS, seconds: SECONDS }))
}

function ratio(of: (round: Round) => number): number {
  return Math.round(median(rounds.map(of)) * 100) / 100
}

/** The round in the middle by p99, whose latencies are printed. */
function middle(of: (round: Round) => LoadResult): LoadResult | null {
  return rounds.map(of).toSorted((a, b) => a.p99Ms - b.p99Ms)[Math.floor(rounds.length / 2)] ?? null
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
