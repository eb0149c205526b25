// What the bus does per second of processor time, beside a peer (fox-wamp) and beside the least that a router on Node.js
// and ws can do. Each router has a core of its own, the load generator another one; authorization is on. The load is a
// closed loop; rounds take the routers in turn, and ratios are taken within a round. Linux with two cores or more.
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Measured } from './router/generator.ts'
import type { LoadPlan } from './router/loads.ts'
import { ROUTERS, type RouterName, type RouterProcess, joinIdle, measure, startRouter } from './router/processes.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
const SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 10_000)
const PATTERNS = Number(process.env['BENCH_PATTERNS'] ?? 100_000)
/** `calls_64` or more of the names below, separated by commas; all unless given. The ratios want their own. */
const ONLY = process.env['BENCH_LOADS']?.split(',')
const WARM_UP_MS = 1500
const SETTLE_MS = 5000

const LOADS: Record<string, { title: string; plan: LoadPlan }> = {
  calls_64: { title: 'calls, 64 in flight, 32 B', plan: { kind: 'calls', inFlight: 64, bytes: 32 } },
  calls_64_1k: { title: 'calls, 64 in flight, 1 KiB', plan: { kind: 'calls', inFlight: 64, bytes: 1024 } },
  calls_1: { title: 'calls, one at a time, 32 B', plan: { kind: 'calls', inFlight: 1, bytes: 32 } },
  events_8: {
    title: 'events to 100, 8 in flight, 32 B',
    plan: { kind: 'events', inFlight: 8, bytes: 32, subscribers: 100 },
  },
  events_8_1k: {
    title: 'events to 100, 8 in flight, 1 KiB',
    plan: { kind: 'events', inFlight: 8, bytes: 1024, subscribers: 100 },
  },
  events_1: {
    title: 'events to 100, one at a time, 32 B',
    plan: { kind: 'events', inFlight: 1, bytes: 32, subscribers: 100 },
  },
}
/** What is aimed at, by ratio: at least, or for costs at most. */
const GOALS: Record<string, string> = {
  calls_vs_peer: '≥ 1.5',
  events_vs_peer: '≥ 3',
  events_vs_limit: '≥ 0.6',
  calls_vs_limit: '≥ 0.7',
  kb_per_session: '≤ 12',
  publish_100k_vs_10_patterns: '≤ 1.3',
}

type Round = Record<RouterName, Measured>

const names = Object.keys(LOADS).filter((name) => ONLY?.includes(name) ?? true)
const throughput = await measureLoads()
const ratios: Record<string, number> = {
  ...ratiosOf('calls', throughput['calls_64']),
  ...ratiosOf('events', throughput['events_8']),
}
if (wants('memory')) {
  const kb = await measureMemory()
  ratios['kb_per_session'] = kb.sluice
}
if (wants('patterns')) ratios['publish_100k_vs_10_patterns'] = await measurePatterns()
report()

async function measureLoads(): Promise<Record<string, Round[]>> {
  const rounds: Record<string, Round[]> = {}
  await using stack = new AsyncDisposableStack()
  const routers: RouterProcess[] = []
  if (names.length > 0) for (const name of ROUTERS) routers.push(stack.use(await startRouter(name)))
  for (let index = 0; index < ROUNDS; index += 1) {
    for (const name of names) {
      const plan = LOADS[name]?.plan
      if (!plan) continue
      const round: Partial<Round> = {}
      // each round begins with another router
      for (let turn = 0; turn < routers.length; turn += 1) {
        const router = routers[(index + turn) % routers.length]
        if (router) round[router.name] = await run(router, plan)
      }
      rounds[name] = [...(rounds[name] ?? []), round as Round]
    }
  }
  for (const name of names) print(LOADS[name]?.title ?? name, rounds[name] ?? [])
  return rounds
}

function run({ port, pid }: RouterProcess, plan: LoadPlan): Promise<Measured> {
  return measure({ do: 'measure', port, pid, plan, warmUpMs: WARM_UP_MS, windowMs: SECONDS * 1000 })
}

/** @returns resident kB per idle session, after a garbage collection before and with them */
async function measureMemory(): Promise<Record<RouterName, number>> {
  const kb: Partial<Record<RouterName, number>> = {}
  console.log(
    `\n${'idle sessions'.padEnd(36)}${'sessions'.padStart(12)}${'kB each'.padStart(12)}${'uncollected'.padStart(14)}`,
  )
  for (const name of ROUTERS) {
    await using router = await startRouter(name)
    // once before it counts: code is compiled, pools are made
    const endSome = await joinIdle({ do: 'idle', port: router.port, sessions: 500 })
    await endSome()
    await pause(1000)
    const before = await router.memory()
    const endAll = await joinIdle({ do: 'idle', port: router.port, sessions: SESSIONS })
    await pause(SETTLE_MS)
    const after = await router.memory()
    await endAll()
    const each = (after.collected - before.collected) / SESSIONS
    const asIs = (after.asIs - before.asIs) / SESSIONS
    kb[name] = each
    console.log(
      `  ${name.padEnd(34)}${format(SESSIONS).padStart(12)}${each.toFixed(1).padStart(12)}${asIs.toFixed(1).padStart(14)}`,
    )
  }
  return kb as Record<RouterName, number>
}

/** @returns what a publication costs with all the patterns, as a multiple of what it costs with ten */
async function measurePatterns(): Promise<number> {
  const rounds: { few: Measured; many: Measured }[] = []
  await using router = await startRouter('sluice')
  for (let index = 0; index < ROUNDS; index += 1) {
    const few = await run(router, { kind: 'patterns', inFlight: 8, patterns: 10 })
    rounds.push({ few, many: await run(router, { kind: 'patterns', inFlight: 8, patterns: PATTERNS }) })
  }
  console.log(`\n${'publications, 2 events each'.padEnd(36)}${'per CPU-s'.padStart(12)}${'per s'.padStart(12)}`)
  for (const [title, of] of [
    ['sluice, 10 patterns', 'few'],
    [`sluice, ${format(PATTERNS)} patterns`, 'many'],
  ] as const) {
    const results = rounds.map((round) => round[of])
    const perS = median(results.map(({ count, seconds }) => count / seconds))
    console.log(`  ${title.padEnd(34)}${format(median(results.map(perCpuS))).padStart(12)}${format(perS).padStart(12)}`)
  }
  return median(rounds.map(({ few, many }) => perCpuS(few) / perCpuS(many)))
}

function ratiosOf(what: string, rounds: Round[] | undefined): Record<string, number> {
  if (!rounds) return {}
  const versus = (other: RouterName): number =>
    median(rounds.map((round) => perCpuS(round.sluice) / perCpuS(round[other])))
  return { [`${what}_vs_peer`]: versus('fox-wamp'), [`${what}_vs_limit`]: versus('bare-ws') }
}

function print(title: string, rounds: readonly Round[]): void {
  const head = ['per CPU-s', 'per s', 'CPU', 'p50 ms', 'p99 ms'].map((name) => name.padStart(12)).join('')
  console.log(`\n${title.padEnd(36)}${head}`)
  for (const router of ROUTERS) {
    const results = rounds.map((round) => round[router])
    const of = (value: (result: Measured) => number): number => median(results.map(value))
    const cells = [
      format(of(perCpuS)),
      format(of(({ count, seconds }) => count / seconds)),
      `${Math.round(100 * of(({ cpuS, seconds }) => cpuS / seconds))} %`,
      of(({ p50Ms }) => p50Ms).toFixed(2),
      of(({ p99Ms }) => p99Ms).toFixed(2),
    ]
    console.log(`  ${router.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join('')}`)
  }
}

function report(): void {
  console.log('')
  for (const [name, value] of Object.entries(ratios)) {
    ratios[name] = Math.round(value * 100) / 100
    console.log(`${name.padEnd(36)}${value.toFixed(2).padStart(12)}   aim ${GOALS[name] ?? 'none'}`)
  }
  console.log(
    `load of the machine in the last 15 min: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  console.log(
    JSON.stringify({
      bench: 'router',
      ratios,
      rounds: ROUNDS,
      seconds: SECONDS,
      sessions: SESSIONS,
      patterns: PATTERNS,
    }),
  )
}

function wants(name: string): boolean {
  return ONLY?.includes(name) ?? true
}

function perCpuS({ count, cpuS }: Measured): number {
  return count / cpuS
}

function format(number: number): string {
  return Math.round(number).toLocaleString('en')
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
