// How long a search of feeds takes, of each kind, among 100,000.
import { measureSearch } from './search.ts'

const feeds = process.env['BENCH_FEEDS']
const rounds = process.env['BENCH_ROUNDS']
const measured = await measureSearch({
  ...(feeds !== undefined && { feeds: Number(feeds) }),
  ...(rounds !== undefined && { rounds: Number(rounds) }),
})
console.log(`${'kind'.padEnd(44)}${'found'.padStart(8)}${'p50 ms'.padStart(10)}${'p95 ms'.padStart(10)}`)
for (const { name, found, p50Ms, p95Ms } of measured.kinds) {
  const figures = [found.toLocaleString('en').padStart(8), p50Ms.toFixed(1).padStart(10), p95Ms.toFixed(1).padStart(10)]
  console.log(`${name.padEnd(44)}${figures.join('')}`)
}
const [worst] = measured.kinds.toSorted((a, b) => b.p95Ms - a.p95Ms)
const ratios = {
  search_p50_ms: measured.p50Ms,
  search_p95_ms: measured.p95Ms,
  worst_kind: worst?.name,
  worst_kind_p95_ms: worst?.p95Ms,
}
console.log(JSON.stringify({ bench: 'search', ratios, feeds: measured.feeds, requests: measured.requests }))
