import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { casesOf } from './cases.ts'
import { followAll } from './followers.ts'
import { askAll } from './matrix.ts'
import { MQTT, openEars, openMqtt } from './mqtt-way.ts'
import { PRINCIPALS } from './principals.ts'
import type { Way } from './way.ts'
import { openWorld, readLog } from './world.ts'
import type { World } from './world.ts'

const KEYS = PRINCIPALS.filter(({ kind }) => kind !== 'cookie')
const CASES = KEYS.map((principal) => casesOf(principal, MQTT))
const COUNT = CASES.reduce((sum, { length }) => sum + length, 0)

let world: World
let mqtt: Way
beforeAll(async () => {
  world = await openWorld({ MQTT_PORT: '0' })
  mqtt = openMqtt({
    url: world.api.served.api.mqtt.url ?? '',
    readLog: (of, numbers) => readLog(world, { of, numbers }),
  })
})
afterAll(async () => {
  await mqtt[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('who follows a feed or a datastream hears what it may read, and only while it may', async () => {
  await using ears = openEars(world.api.served.api.mqtt.url ?? '')
  expect(await followAll(world, KEYS, ears.follow)).toEqual([])
})

describe(`over MQTT, ${COUNT} cases`, () => {
  test.each(CASES.map((cases) => ({ name: cases[0]?.principal.name, count: cases.length, cases })))(
    '$name: $count',
    async ({ cases }) => expect(await askAll(world, mqtt, cases)).toEqual([]),
  )
})
