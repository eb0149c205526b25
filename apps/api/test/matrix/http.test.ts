import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ASKED, casesOf } from './cases.ts'
import { HTTP, openHttp } from './http-way.ts'
import { askAll } from './matrix.ts'
import { openCaller, PRINCIPALS } from './principals.ts'
import type { Caller, Principal } from './principals.ts'
import { isRuled, verdictOn } from './rules.ts'
import type { Thing } from './rules.ts'
import type { Answer, Sent, Way } from './way.ts'
import { openWorld } from './world.ts'
import type { World } from './world.ts'

const CASES = PRINCIPALS.map((principal) => casesOf(principal, HTTP))
const COUNT = CASES.reduce((sum, { length }) => sum + length, 0)

let world: World
let http: Way
const callers = new Map<Principal, Caller>()
beforeAll(async () => {
  world = await openWorld({})
  http = openHttp(world.api.url)
  for (const principal of PRINCIPALS) {
    callers.set(principal, await openCaller(world, principal, world.subjects.private.ids))
  }
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const sendAs = (principal: Principal, sent: Sent): Promise<Answer> => {
  const { key, cookie, carrier, headers } = callers.get(principal) ?? {}
  const credentials = { ...(key && { key }), ...(cookie && { cookie }), ...(carrier && { carrier }) }
  return http.send({ ...sent, ...credentials, headers: { ...headers, ...sent.headers } })
}

test('every route is in the table, and nothing else is', () => {
  const routes = world.api.served.api.routes.map(({ method, path }) => `${method} ${path}`)
  expect(Object.keys(ASKED).sort()).toEqual(routes.sort())
})

test('there is a row for everybody', () => {
  expect(PRINCIPALS.filter(({ name }) => !isRuled(name))).toEqual([])
})

/** What is listed, and what each entry of the list belongs to. */
const LISTS: Record<string, Thing> = {
  '/v2/feeds': 'search',
  '/v2/triggers': 'trigger',
  '/v2/deliveries': 'delivery',
  '/v2/keys': 'device',
  '/v2/devices': 'device',
  '/v2/products': 'device',
  '/v2/endpoints': 'device',
}
const countIn = ({ status, text }: Answer): string | number => {
  if (status !== 200) return `status ${status}`
  const list = JSON.parse(text) as { totalResults?: number } | unknown[]
  if (Array.isArray(list)) return list.length
  return list.totalResults ?? Object.values(list).flat().length
}
const countAll = (): Promise<(readonly [string, string, string | number])[]> =>
  Promise.all(
    PRINCIPALS.flatMap((principal) =>
      Object.keys(LISTS).map(
        async (path) => [principal.name, path, countIn(await sendAs(principal, { method: 'GET', path }))] as const,
      ),
    ),
  )

test('no list counts what its reader may not see', async () => {
  const before = await countAll()
  await world.makeSubject({ variant: 'private', hooks: true, isDeployed: true })
  const after = await countAll()
  const bound = new Set(PRINCIPALS.filter(({ isBound }) => isBound).map(({ name }) => name))
  const expected = before.map(([name, path, count]) => {
    const isSeen =
      !bound.has(name) &&
      verdictOn({ name, deed: 'get', thing: LISTS[path] ?? 'device', variant: 'private' }) === 'served'
    return [name, path, isSeen && typeof count === 'number' ? count + 1 : count]
  })
  expect(after).toEqual(expected)
})

test.each<{ path: string; body: object }>([
  { path: '/v2/feeds', body: { title: 'once', private: true } },
  { path: '/v2/keys', body: { key: { label: 'once', permissions: [{ access_methods: ['get'] }] } } },
  { path: '/v2/products', body: { product: { name: 'once' } } },
])('nobody is told what somebody else made with an Idempotency-Key: POST $path', async ({ path, body }) => {
  const sent = { method: 'POST', path, headers: { 'idempotency-key': path }, body }
  const made = await http.send({ ...sent, key: world.acme.masterKey })
  expect(made.status).toBe(201)
  const again = await http.send({ ...sent, key: world.acme.masterKey })
  expect(again.headers).toMatchObject({ location: made.headers['location'], 'idempotent-replayed': 'true' })
  for (const principal of PRINCIPALS) {
    const answer = await sendAs(principal, sent)
    expect(answer.headers['location'] ?? '', principal.name).not.toBe(made.headers['location'])
    expect(answer.headers, principal.name).not.toHaveProperty('idempotent-replayed')
  }
})

describe(`over HTTP, ${COUNT} cases`, () => {
  test('they are many', () => expect(COUNT).toBeGreaterThanOrEqual(2_000))

  test.each(CASES.map((cases) => ({ name: cases[0]?.principal.name, count: cases.length, cases })))(
    '$name: $count',
    async ({ cases }) => expect(await askAll(world, http, cases)).toEqual([]),
  )
})
