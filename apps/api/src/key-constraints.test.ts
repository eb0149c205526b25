import type { AccessMethod, KeyPrincipal, Pace, Permission } from '@sluice/model'
import { expect, test } from 'vitest'
import { makeKeyConstraints, requireUsable } from './key-constraints.ts'

const FROM = { remoteAddress: '192.0.2.1', referer: null }
const key = (...permissions: Permission[]): KeyPrincipal => ({
  kind: 'key',
  accountId: 1,
  login: 'ann',
  keyId: 7,
  permissions,
  privateAccess: true,
  expiresAt: null,
})
const feed = (datastreamId?: string) => ({
  feedId: 7,
  accountId: 1,
  isPrivate: true,
  ...(datastreamId && { datastreamId }),
})
const on = (datastreamId: string, minimumIntervalS?: number, accessMethods: AccessMethod[] = ['get', 'put']) => ({
  accessMethods,
  resources: [{ feedId: 7, datastreamId }],
  ...(minimumIntervalS !== undefined && { minimumIntervalS }),
})
const whole = (minimumIntervalS?: number, accessMethods: AccessMethod[] = ['get', 'put']): Permission => ({
  accessMethods,
  resources: [{ feedId: 7 }],
  ...(minimumIntervalS !== undefined && { minimumIntervalS }),
})

/** What requests ask for, one after the other: seconds, and what is taken. */
type Asked = [atS: number, take: (pace: Pace) => void, isAllowed: boolean]
const put =
  (...ids: (string | undefined)[]) =>
  (pace: Pace) =>
    ids.forEach((id) => pace.take('put', feed(id)))
const get = (id?: string) => (pace: Pace) => pace.take('get', feed(id))

test.each<{ name: string; permissions: Permission[]; asked: Asked[] }>([
  {
    name: 'one permission, one request in ten seconds',
    permissions: [whole(10)],
    asked: [
      [0, put('a'), true],
      [9.9, put('b'), false],
      [10, put(undefined), true],
      [15, get(), false],
      [20, get(), true],
    ],
  },
  {
    name: 'what is refused does not count',
    permissions: [whole(10)],
    asked: [
      [0, put('a'), true],
      [9, put('a'), false],
      [10, put('a'), true],
    ],
  },
  {
    name: 'each permission has an interval of its own',
    permissions: [on('a', 10), on('b', 60)],
    asked: [
      [0, put('a'), true],
      [1, put('b'), true],
      [11, put('a'), true],
      [12, put('b'), false],
    ],
  },
  {
    name: 'so also where the feed is written and the body names the datastreams',
    permissions: [on('a', 10), on('b', 60)],
    asked: [
      [0, put(undefined, 'a'), true],
      [1, put(undefined, 'b'), true],
      [5, put(undefined, 'a'), false],
      [10, put(undefined, 'a'), true],
      [30, put(undefined, 'a', 'b'), false],
      [61, put(undefined, 'a', 'b'), true],
    ],
  },
  {
    name: 'a permission without an interval is preferred, and uses none up',
    permissions: [whole(10), on('a', undefined, ['put'])],
    asked: [
      [0, put('a'), true],
      [1, put('a'), true],
      [2, get(), true],
      [3, get(), false],
      [4, put(undefined, 'a'), true],
      [5, put(undefined, 'b'), false],
    ],
  },
  {
    name: 'of two permissions for the same, each allows one',
    permissions: [whole(10), whole(10)],
    asked: [
      [0, get(), true],
      [1, get(), true],
      [2, get(), false],
    ],
  },
  {
    name: 'what no permission with an interval covers is not counted',
    permissions: [whole(10, ['put']), on('a', undefined, ['get'])],
    asked: [
      [0, get('a'), true],
      [0, get('a'), true],
      [0, put('a'), true],
    ],
  },
  {
    name: 'reading a feed in parts counts for each part',
    permissions: [on('a', 10), on('b', 60)],
    asked: [
      [0, get(), true],
      [1, get('a'), false],
      [10, get(), true],
      [11, get(), false],
    ],
  },
  {
    name: 'metadata is for permissions of the whole feed',
    permissions: [whole(10), on('a')],
    asked: [
      [0, (pace) => pace.takeWhole('put', feed()), true],
      [1, (pace) => pace.takeWhole('put', feed()), false],
      [2, put('a'), true],
    ],
  },
  {
    name: 'what addresses no feed',
    permissions: [{ accessMethods: ['get'], minimumIntervalS: 10 }, { accessMethods: ['post'] }],
    asked: [
      [0, (pace) => pace.takeAny('get'), true],
      [1, (pace) => pace.takeAny('get'), false],
      [2, (pace) => pace.takeAny('post'), true],
      [3, (pace) => pace.takeAny('post'), true],
    ],
  },
])('$name', ({ permissions, asked }) => {
  let nowMs = 1_000_000
  const constraints = makeKeyConstraints(() => nowMs)
  const answers = asked.map(([atS, take]) => {
    nowMs = 1_000_000 + atS * 1000
    const { pace } = constraints.narrow(key(...permissions), FROM)
    try {
      if (pace) take(pace)
      return [atS, true]
    } catch (error) {
      expect(error).toMatchObject({ code: 'rate_limited', title: 'Forbidden' })
      return [atS, false]
    }
  })
  expect(answers).toEqual(asked.map(([atS, , isAllowed]) => [atS, isAllowed]))
})

test('who comes too soon hears the interval and when to come again', () => {
  let nowMs = 0
  const constraints = makeKeyConstraints(() => nowMs)
  const ask = (): void => constraints.narrow(key(whole(2.5)), FROM).pace?.take('get', feed())
  ask()
  nowMs = 1000
  expect(ask).toThrow(
    expect.objectContaining({
      retryAfterS: 2,
      messages: ['This key may make such a request every 2.5 seconds (minimum_interval): try again in 2'],
    }),
  )
})

test('a part of a feed that is not due is not shown', () => {
  let nowMs = 0
  const constraints = makeKeyConstraints(() => nowMs)
  const [a, b] = [on('a', 60), on('b')]
  const read = (): Permission[] | undefined => {
    const { pace } = constraints.narrow(key(a, b), FROM)
    pace?.take('get', feed())
    return pace?.held()
  }
  expect(read()).toEqual([a, b])
  nowMs = 59_999
  expect(read()).toEqual([b])
  nowMs = 60_000
  expect(read()).toEqual([a, b])
})

test('a key without constraints is the same object; one without intervals has no pace', () => {
  const constraints = makeKeyConstraints()
  const free = key(whole())
  expect(constraints.narrow(free, FROM)).toBe(free)
  const here = key({ ...whole(), sourceIp: '192.0.2.0/24' })
  expect(constraints.narrow(here, FROM)).toBe(here)
})

test('permissions that are left are counted by their place in the key', () => {
  let nowMs = 0
  const constraints = makeKeyConstraints(() => nowMs)
  const elsewhere = { ...whole(10), sourceIp: '10.0.0.0/8' }
  const here = whole(10)
  const ask = (remoteAddress: string): void =>
    constraints.narrow(key(elsewhere, here), { remoteAddress, referer: null }).pace?.take('get', feed())
  ask('192.0.2.1')
  expect(constraints.waitS(7, 0, elsewhere)).toBe(0)
  expect(constraints.waitS(7, 1, here)).toBe(10)
  nowMs = 1000
  expect(() => ask('192.0.2.1')).toThrow()
  ask('10.0.0.1')
  expect(() => ask('10.0.0.1')).toThrow()
})

test('the key that was used longest ago is forgotten first', () => {
  const constraints = makeKeyConstraints(() => 0)
  const use = (keyId: number): void => constraints.narrow({ ...key(whole(10)), keyId }, FROM).pace?.take('get', feed())
  for (let keyId = 1; keyId <= 10_001; keyId++) use(keyId)
  expect(constraints.waitS(1, 0, whole(10))).toBe(0)
  expect(constraints.waitS(2, 0, whole(10))).toBe(10)
})

test('a key of which nothing is left is refused', () => {
  const { narrow } = makeKeyConstraints()
  const bound = key({ ...whole(), sourceIp: '10.0.0.0/8' })
  expect(() => requireUsable(narrow(bound, FROM))).toThrow(expect.objectContaining({ code: 'forbidden' }))
  expect(() => requireUsable(narrow(bound, { ...FROM, remoteAddress: '10.0.0.1' }))).not.toThrow()
})
