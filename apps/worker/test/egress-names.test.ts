import { pbkdf2 } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { parseEgressAllow } from '@sluice/service'
import { afterEach, expect, test } from 'vitest'
import type { Answer } from '../src/egress/exchange.ts'
import { openEgress } from '../src/egress/request.ts'
import type { Egress } from '../src/egress/request.ts'
import { startNameServer } from './name-server.ts'
import type { Entry, NameServer } from './name-server.ts'

let names: NameServer
afterEach(() => names[Symbol.asyncDispose]())

async function open(zone: (name: string) => Entry, allow = ''): Promise<Egress> {
  names = await startNameServer(zone)
  const resolver = new Resolver({ timeout: 3000, tries: 1 })
  resolver.setServers([`127.0.0.1:${names.port}`])
  return openEgress({ rules: { ...parseEgressAllow(allow), allowsHttp: true }, names: resolver })
}

const post = (egress: Egress, url: string, ms = 5000): Promise<Answer> =>
  egress.post({ url, headers: {}, body: '', verifiesTls: true }, AbortSignal.timeout(ms))

test('a name that does not exist has failed: it may exist tomorrow', async () => {
  using egress = await open(() => null)
  const reason = 'There is no such host (ENOTFOUND)'
  expect(await post(egress, 'https://missing.test/')).toEqual({ kind: 'failed', reason })
})

test('a name without addresses has failed', async () => {
  using egress = await open(() => ({}))
  expect(await post(egress, 'https://empty.test/')).toEqual({
    kind: 'failed',
    reason: 'There is no such host (ENODATA)',
  })
})

test('a name server that takes its time is left at the deadline', async () => {
  using egress = await open(() => ({ a: ['127.0.0.1'], delayMs: 2000 }), '127.0.0.0/8')
  const startedAt = performance.now()
  expect(await post(egress, 'http://slow.test:9999/', 300)).toEqual({
    kind: 'failed',
    reason: 'There was no complete answer in time',
  })
  expect(performance.now() - startedAt).toBeLessThan(1000)
})

test('a literal, localhost and a refused URL ask no name server', async () => {
  using egress = await open(() => ({ a: ['10.0.0.1'] }))
  for (const url of ['http://10.0.0.1/', 'http://localhost/', 'http://a.test:5432/', 'ftp://a.test/']) {
    expect((await post(egress, url)).kind).toBe('refused')
  }
  expect(names.queries).toEqual([])
  expect((await post(egress, 'http://a.test/')).kind).toBe('refused')
  expect(names.queries.toSorted()).toEqual(['1 a.test', '28 a.test'])
})

test('a hundred slow look-ups hold up neither files nor passwords', async () => {
  const delayMs = 1500
  using egress = await open(() => ({ a: ['10.0.0.1'], delayMs }))
  const startedAt = performance.now()
  const progress = { isOver: false }
  const lookUps = Promise.all(Array.from({ length: 100 }, (_, index) => post(egress, `https://slow-${index}.test/`)))
  void lookUps.then(() => (progress.isOver = true))
  const waits: number[] = []
  while (!progress.isOver) {
    const begun = performance.now()
    await Promise.all([readFile(import.meta.filename), promisify(pbkdf2)('password', 'salt', 1000, 32, 'sha256')])
    waits.push(performance.now() - begun)
  }
  expect((await lookUps).every(({ kind }) => kind === 'refused')).toBe(true)
  // side by side, not four at a time
  expect(performance.now() - startedAt).toBeLessThan(2 * delayMs)
  expect(Math.max(...waits)).toBeLessThan(500)
  expect(waits.length).toBeGreaterThan(100)
})
