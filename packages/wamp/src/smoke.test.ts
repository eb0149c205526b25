import { expect, test } from 'vitest'
import { Router, connect, join, linkedPair, type Transport } from './index.ts'

const timers = globalThis as never

test('two linked sessions exchange an event and a call', async () => {
  const router = new Router({
    authenticate: () => ({
      kind: 'accept',
      identity: { authid: 'a', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'static' },
    }),
    authorize: () => true,
    timers,
  })
  router.openRealm('realm1')
  const open = (): Transport => {
    const [a, b] = linkedPair()
    router.attach(b)
    return a
  }
  const one = await join(open(), { realm: 'realm1', timers })
  const two = await join(open(), { realm: 'realm1', timers })
  const got: unknown[] = []
  await two.subscribe('t.x', (args) => got.push(args))
  await one.register('p.x', (args) => Number(args[0]) + 1)
  one.publish('t.x', [1])
  expect(await two.call('p.x', [1])).toEqual({ args: [2], kwargs: {} })
  expect(got).toEqual([[1]])
  const c = connect({ url: '', realm: 'realm1', timers, open: () => Promise.resolve(open()) })
  expect(await c.call('p.x', [4])).toEqual({ args: [5], kwargs: {} })
  await c.close()
  await one.leave()
  await two.leave()
  await expect.poll(() => router.metrics().sessions).toBe(0)
})
