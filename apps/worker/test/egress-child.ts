import { Resolver } from 'node:dns/promises'
import { parseEgressAllow } from '@sluice/service'
import { openEgress } from '../src/egress/request.ts'
import type { Answer } from '../src/egress/exchange.ts'

/** What the parent asks for, as JSON in the first argument. */
export type Task = { allow: string; namePort: number; urls: string[] }
/** What it gets back on stdout, in the same order. */
export type Told = { kind: Answer['kind']; status: number | null; reason: string }[]

const task = JSON.parse(process.argv[2] ?? '') as Task
const names = new Resolver({ timeout: 2000, tries: 1 })
names.setServers([`127.0.0.1:${task.namePort}`])
// plain http is possible, so that it is the address that decides
using egress = openEgress({ rules: { allow: parseEgressAllow(task.allow).allow, allowsHttp: true }, names })
const told: Told = []
// with a broken guard most would hang: what is known by then is enough to fail
const deadline = performance.now() + 20_000
for (const url of task.urls) {
  if (performance.now() > deadline) break
  const answer = await egress.post({ url, headers: {}, body: '{}', verifiesTls: false }, AbortSignal.timeout(2000))
  if (answer.kind === 'answer') told.push({ kind: answer.kind, status: answer.status, reason: answer.problem ?? '' })
  else told.push({ kind: answer.kind, status: null, reason: answer.reason })
}
process.stdout.write(JSON.stringify(told), () => process.exit())
