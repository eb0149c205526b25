// How long a search of feeds takes, of each kind, in an installation with many: one request at a time, as a person sends
// them, each timed from sending it to the last byte of its answer.
import { startPlatform } from './platform.ts'
import { pathOf, SEARCHES } from './search-mix.ts'
import { FEEDS, seedFeeds } from './search-setup.ts'

const COUNT = Number(process.env['BENCH_FEEDS'] ?? FEEDS)
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 30)
const WARM_UP_ROUNDS = 2

await using platform = await startPlatform()
const { url, apiKey, account } = platform.firstRun
console.log(`filling the directory with ${COUNT.toLocaleString('en')} feeds …`)
await seedFeeds(platform.databaseUrl, { viewer: account, feeds: COUNT })
const kinds = Object.entries(SEARCHES).map(([name, parametersOf]) => ({
  name,
  parametersOf,
  times: [] as number[],
  found: 0,
}))
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  for (const kind of kinds) {
    const { ms, total } = await measure(pathOf(kind.parametersOf(round + WARM_UP_ROUNDS)))
    if (round < 0) continue
    kind.times.push(ms)
    kind.found += total / ROUNDS
  }
}
report()

async function measure(path: string): Promise<{ ms: number; total: number }> {
  const start = performance.now()
  const answer = await fetch(`${url}${path}`, { headers: { 'X-ApiKey': apiKey } })
  const body = await answer.text()
  const ms = performance.now() - start
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`)
  return { ms, total: (JSON.parse(body) as { totalResults: number }).totalResults }
}

function report(): void {
  console.log(`${'kind'.padEnd(44)}${'found'.padStart(8)}${'p50 ms'.padStart(10)}${'p95 ms'.padStart(10)}`)
  for (const { name, times, found } of kinds) {
    const figures = [Math.round(found).toLocaleString('en').padStart(8)]
    for (const share of [0.5, 0.95]) figures.push(quantile(times, share).toFixed(1).padStart(10))
    console.log(`${name.padEnd(44)}${figures.join('')}`)
  }
  const all = kinds.flatMap(({ times }) => times)
  const worst = kinds.toSorted((a, b) => quantile(b.times, 0.95) - quantile(a.times, 0.95))[0]
  const figures = {
    search_p50_ms: rounded(quantile(all, 0.5)),
    search_p95_ms: rounded(quantile(all, 0.95)),
    worst_kind: worst?.name,
    worst_kind_p95_ms: rounded(quantile(worst?.times ?? [], 0.95)),
  }
  console.log(JSON.stringify({ bench: 'search', ...figures, feeds: COUNT, requests: all.length }))
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
