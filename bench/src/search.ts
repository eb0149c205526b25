import { startPlatform } from './platform.ts'
import { pathOf, SEARCHES } from './search-mix.ts'
import { FEEDS, seedFeeds } from './search-setup.ts'

const WARM_UP_ROUNDS = 2

export type KindMeasured = { name: string; found: number; p50Ms: number; p95Ms: number }
export type SearchMeasured = { feeds: number; requests: number; p50Ms: number; p95Ms: number; kinds: KindMeasured[] }

/**
 * How long a search of feeds takes, of each kind, in an installation with many: one request at a time, as a person sends
 * them, each timed from sending it to the last byte of its answer.
 */
export async function measureSearch({ rounds = 30, feeds = FEEDS } = {}): Promise<SearchMeasured> {
  await using platform = await startPlatform()
  const { account } = platform.firstRun
  console.log(`filling the directory with ${feeds.toLocaleString('en')} feeds …`)
  await seedFeeds(platform.databaseUrl, { viewer: account, feeds })
  const kinds = Object.entries(SEARCHES).map(([name, parametersOf]) => ({
    name,
    parametersOf,
    times: [] as number[],
    found: 0,
  }))
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const kind of kinds) {
      const { ms, total } = await measure(platform.firstRun, pathOf(kind.parametersOf(round + WARM_UP_ROUNDS)))
      if (round < 0) continue
      kind.times.push(ms)
      kind.found += total / rounds
    }
  }
  const all = kinds.flatMap(({ times }) => times)
  return {
    feeds,
    requests: all.length,
    ...quantilesOf(all),
    kinds: kinds.map(({ name, found, times }) => ({ name, found: Math.round(found), ...quantilesOf(times) })),
  }
}

async function measure(
  { url, apiKey }: { url: string; apiKey: string },
  path: string,
): Promise<{ ms: number; total: number }> {
  const start = performance.now()
  const answer = await fetch(`${url}${path}`, { headers: { 'X-ApiKey': apiKey } })
  const body = await answer.text()
  const ms = performance.now() - start
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`)
  return { ms, total: (JSON.parse(body) as { totalResults: number }).totalResults }
}

function quantilesOf(times: readonly number[]): { p50Ms: number; p95Ms: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10
  return { p50Ms: at(0.5), p95Ms: at(0.95) }
}
