import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Message, Payload, Router, type Transport, linkedPair } from '@sluice/wamp'
import { expect, test } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const SESSIONS = 100_000
const AT_ONCE = 500
/** What 100,000 sessions may leave: 20 bytes each are less than any entry of any map. */
const GROWTH_BYTES_MAX = 2_000_000
const IDLE_SESSIONS = 20_000
/** Of the router alone, transport and socket not counted. */
const IDLE_BYTES_MAX = 1200

const ROLES = { publisher: {}, subscriber: {}, caller: {}, callee: {} }

function openRouter(): Router {
  const identity = { authid: 'anyone', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'test' }
  const router = new Router({
    authenticate: () => ({ kind: 'accept', identity }),
    authorize: () => true,
    timers: globalThis,
    realm: { quotas: { principal: { subscriptions: 100_000 } } },
  })
  router.openRealm('realm1')
  return router
}

function connect(router: Router, onMessage: (message: Message, peer: Transport) => void = () => {}): Transport {
  const [peer, ours] = linkedPair()
  peer.onMessage((message) => onMessage(message, peer))
  peer.onClose(() => {})
  router.attach(ours)
  peer.send([1, 'realm1', { roles: ROLES }])
  return peer
}

/** Sessions that do a bit of everything, are called in the middle of it, and end in each of the ways there are. */
async function churn(router: Router, count: number): Promise<number> {
  let answered = 0
  for (let begun = 0; begun < count; begun += AT_ONCE) {
    const peers = Array.from({ length: AT_ONCE }, (_, i) => {
      const peer = connect(router, (message) => {
        if (message[0] === 50) answered += 1
      })
      peer.send([32, 1, {}, `t.n${i % 50}`])
      peer.send([32, 2, { match: i % 2 === 0 ? 'prefix' : 'wildcard' }, `t.w${begun + i}`])
      peer.send([64, 3, { invoke: 'roundrobin' }, `p.n${i % 50}`])
      peer.send([48, 4, {}, 'echo', Payload.of([i])])
      peer.send([16, 5, {}, `t.n${i % 50}`, Payload.of([i])])
      peer.send([48, 6, { timeout: 100_000 }, `p.n${(i + 1) % 50}`, Payload.empty])
      return peer
    })
    await nextTurn()
    for (const [i, peer] of peers.entries()) {
      if (i % 4 === 0) peer.send([6, {}, 'wamp.close.normal'])
      if (i % 4 === 1) peer.send([3, {}, 'wamp.error.system_shutdown', Payload.empty])
      if (i % 4 === 2) peer.send([2, 1, {}])
      if (i % 4 === 3) peer.close()
    }
    await nextTurn()
    for (const peer of peers) peer.close()
    await nextTurn()
  }
  return answered
}

function heap(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

test('a hundred thousand short sessions leave memory where it was', { timeout: 120_000 }, async () => {
  const router = openRouter()
  const callee = connect(router, (message, peer) => {
    if (message[0] === 68) peer.send([70, message[1], {}, message[4]])
  })
  callee.send([64, 1, {}, 'echo'])
  await nextTurn()
  await churn(router, 10_000)
  const before = heap()
  expect(await churn(router, SESSIONS)).toBe(SESSIONS)
  const growth = heap() - before
  expect(growth).toBeLessThan(GROWTH_BYTES_MAX)
  expect(router.metrics()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 1 })
  expect(router.connections).toBe(1)
  const { sessions, subscriptions, registrations, calls } = router.realm('realm1')?.usage ?? {}
  expect({ sessions, subscriptions, registrations, calls }).toEqual({
    sessions: 1,
    subscriptions: 0,
    registrations: 1,
    calls: 0,
  })
  callee.close()
})

test('an idle session costs the router less than 1200 bytes', { timeout: 120_000 }, async () => {
  const router = openRouter()
  const peers: Transport[] = []
  for (let n = 0; n < 100; n += 1) peers.push(connect(router))
  await nextTurn()
  const before = heap()
  const pairs = Array.from({ length: IDLE_SESSIONS }, () => linkedPair())
  const empty = heap() - before
  for (const [peer, ours] of pairs) {
    router.attach(ours)
    peer.send([1, 'realm1', { roles: ROLES }])
  }
  await nextTurn()
  expect(router.metrics().sessions).toBe(IDLE_SESSIONS + 100)
  const bytes = (heap() - before - empty) / IDLE_SESSIONS
  expect(bytes).toBeLessThan(IDLE_BYTES_MAX)
  for (const [peer] of pairs) peer.close()
  for (const peer of peers) peer.close()
})
