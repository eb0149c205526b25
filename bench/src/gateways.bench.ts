// What the ways in cost beside one another: durable single values per second over HTTP in each format, over the JSON
// socket and over MQTT, on the same devices in the same run; and how long a search among 100,000 feeds takes.
import { setTimeout as pause } from 'node:timers/promises'
import { addDevices } from './ingest-setup.ts'
import type { DialectName, Target } from './gateways/dialects.ts'
import type { GatewayPlan, GatewayResult } from './gateways/load.ts'
import { runGenerator, startPlatform } from './platform.ts'
import type { FirstRun } from './platform.ts'
import { measureSearch } from './search.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
const CONNECTIONS = 256
const NAMES = ['json', 'xml', 'csv', 'socket', 'mqtt'] as const satisfies readonly DialectName[]

type Round = Record<DialectName, GatewayResult>

const rounds = await measureGateways()
const search = await measureSearch()
report()

async function measureGateways(): Promise<Round[]> {
  await using platform = await startPlatform({ MQTT_PORT: '0', SOCKET_PORT: '0' })
  const targets = (await addDevices(platform.firstRun, CONNECTIONS)).map(({ paths: [path = ''], apiKey }): Target => {
    const [, feedId] = /^\/v2\/feeds\/(\d+)/.exec(path) ?? []
    return { feedId: Number(feedId), apiKey }
  })
  const ports = portsOf(platform.firstRun)
  await measureRound(ports, targets, 1)
  const measured: Round[] = []
  for (let count = 0; count < ROUNDS; count++) measured.push(await measureRound(ports, targets, SECONDS))
  return measured
}

type Ports = { http: number; socket: number; mqtt: number }

function portsOf({ url, socketUrl, mqttUrl }: FirstRun): Ports {
  const portOf = (address: string): number => Number(new URL(address).port)
  return { http: portOf(url), socket: portOf(socketUrl), mqtt: portOf(mqttUrl) }
}

async function measureRound(ports: Ports, targets: Target[], seconds: number): Promise<Round> {
  const results: Partial<Round> = {}
  for (const dialect of NAMES) {
    const port = dialect === 'socket' ? ports.socket : dialect === 'mqtt' ? ports.mqtt : ports.http
    const plan: GatewayPlan = { dialect, port, targets, seconds }
    results[dialect] = await runGenerator<GatewayResult>('gateways/load.ts', plan)
    await pause(300)
  }
  return results as Round
}

function report(): void {
  const perS = ({ values, seconds }: GatewayResult): number => values / seconds
  for (const name of NAMES) {
    const rate = Math.round(median(rounds.map((round) => perS(round[name])))).toLocaleString('en')
    const p50 = median(rounds.map((round) => round[name].p50Ms)).toFixed(1)
    const p99 = median(rounds.map((round) => round[name].p99Ms)).toFixed(1)
    console.log(`${name.padEnd(10)}${rate.padStart(10)} values/s   p50 ${p50} ms  p99 ${p99} ms`)
  }
  const ratio = (name: DialectName): number =>
    Math.round(median(rounds.map((round) => perS(round[name]) / perS(round.json))) * 100) / 100
  const ratios = {
    mqtt_vs_http: ratio('mqtt'),
    socket_vs_http: ratio('socket'),
    xml_vs_json: ratio('xml'),
    csv_vs_json: ratio('csv'),
    search_p95_ms: search.p95Ms,
  }
  console.log(JSON.stringify({ bench: 'gateways', ratios, rounds: ROUNDS, seconds: SECONDS }))
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}
