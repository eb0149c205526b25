import type { CallResult, SessionInfo } from '@sluice/wamp'
import { expect, test } from 'vitest'
import { makeDecisions } from './dynamic-authorizer.ts'

const session = (id: number): SessionInfo => ({
  id,
  realm: 'factory',
  identity: { authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'test' },
})

/** Decisions on a clock that stands, by an authorizer that lets all be kept. */
function open(cacheS?: number | null) {
  const clock = { now: 0, asked: 0 }
  const decisions = makeDecisions(() => clock.now)
  const call = (): Promise<CallResult> => {
    clock.asked += 1
    return Promise.resolve({ args: [{ allow: true, cache: true }], kwargs: {} })
  }
  const config = { procedure: 'may', ...(cacheS !== undefined && { cacheS }) }
  return { clock, decisions, authorize: decisions.authorizer(config, call) }
}

test.each([
  { cacheS: 10, afterS: 9.9, asked: 1 },
  { cacheS: 10, afterS: 10, asked: 2 },
  { cacheS: undefined, afterS: 59, asked: 1 },
  { cacheS: undefined, afterS: 60, asked: 2 },
  { cacheS: null, afterS: 1e9, asked: 1 },
])('a decision that counts $cacheS s, after $afterS s: asked $asked times', async ({ cacheS, afterS, asked }) => {
  const { clock, authorize } = open(cacheS)
  await authorize(session(1), 'call', 'a', {})
  clock.now += afterS * 1000
  await authorize(session(1), 'call', 'a', {})
  expect(clock.asked).toBe(asked)
})

test('a decision is for one session, action, URI and kind of match, and for the principal that it then was', async () => {
  const { clock, authorize } = open()
  const other = { ...session(1), identity: { ...session(1).identity, authrole: 'admin' } }
  await authorize(session(1), 'subscribe', 'a', {})
  await authorize(session(2), 'subscribe', 'a', {})
  await authorize(session(1), 'publish', 'a', {})
  await authorize(session(1), 'subscribe', 'b', {})
  await authorize(session(1), 'subscribe', 'a', { match: 'prefix' })
  await authorize(other, 'subscribe', 'a', {})
  expect(clock.asked).toBe(6)
  await authorize(session(2), 'subscribe', 'a', { match: 'exact' })
  expect(clock.asked).toBe(6)
})

test('the oldest decisions are forgotten when there are too many', async () => {
  const { clock, decisions, authorize } = open()
  for (let i = 0; i <= 10_000; i += 1) await authorize(session(1), 'call', `a${i}`, {})
  await authorize(session(1), 'call', 'a10000', {})
  expect(clock.asked).toBe(10_001)
  await authorize(session(1), 'call', 'a0', {})
  expect(clock.asked).toBe(10_002)
  expect(decisions.purge()).toBe(10_000)
})
