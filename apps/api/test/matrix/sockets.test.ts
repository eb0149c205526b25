import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { casesOf } from './cases.ts'
import { followAll } from './followers.ts'
import { askAll } from './matrix.ts'
import { PRINCIPALS } from './principals.ts'
import { openEars, openSockets, SOCKET } from './socket-way.ts'
import type { Way } from './way.ts'
import { openWorld } from './world.ts'
import type { World } from './world.ts'

const KEYS = PRINCIPALS.filter(({ kind }) => kind !== 'cookie')
const CASES = KEYS.map((principal) => casesOf(principal, SOCKET))
const COUNT = CASES.reduce((sum, { length }) => sum + length, 0)

let world: World
let sockets: Way
beforeAll(async () => {
  world = await openWorld({ SOCKET_PORT: '0' })
  sockets = await openSockets({ tcp: world.api.served.api.sockets.url, webSocket: world.api.url })
})
afterAll(async () => {
  await sockets[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('who follows a feed or a datastream hears what it may read, and only while it may', async () => {
  await using ears = openEars({ tcp: world.api.served.api.sockets.url, webSocket: world.api.url })
  expect(await followAll(world, KEYS, ears.follow)).toEqual([])
})

describe(`over sockets, ${COUNT} cases`, () => {
  test.each(CASES.map((cases) => ({ name: cases[0]?.principal.name, count: cases.length, cases })))(
    '$name: $count',
    async ({ cases }) => expect(await askAll(world, sockets, cases)).toEqual([]),
  )
})
