import { expect, test } from 'vitest'
import { ERROR } from '../errors.ts'
import { joined, openRouter, settled } from '../testing/open-router.ts'
import { ALL_FEATURES } from '../testing/talker.ts'
import type { Authorizer, Grant, Identity } from './authenticator.ts'
import type { Router } from './router.ts'

const GUEST: Identity = { authid: 'anyone', authrole: 'guest', authmethod: 'anonymous', authprovider: 'test' }
const FEATURES = { roles: ALL_FEATURES }

/** All is open to everybody, `secret.` to all but guests. */
const byRole: Authorizer = ({ identity }, _action, uri) => identity.authrole !== 'guest' || !uri.startsWith('secret.')

function sessionOf(router: Router, id: number): ReturnType<Router['sessions']>[number] {
  const session = router.sessions().find((one) => one.id === id)
  if (!session) throw new Error(`no session ${id}`)
  return session
}

test.each([
  { name: 'at once', authorize: byRole },
  { name: 'later', authorize: (async (...asked) => byRole(...asked)) satisfies Authorizer },
])('a session that becomes a guest keeps what guests may have; decided $name', async ({ authorize }) => {
  const { router } = openRouter({ authorize })
  const [one, other] = [await joined(router, FEATURES), await joined(router)]
  const secret = await one.talker.subscribe('secret.topic')
  await one.talker.subscribe('open.topic')
  const registration = await one.talker.register('secret.procedure')
  await one.talker.register('open.procedure')
  await router.reauthorize(sessionOf(router, one.id), GUEST)
  expect(await one.talker.next()).toEqual([35, 0, { subscription: secret, reason: ERROR.notAuthorized }])
  expect(await one.talker.next()).toEqual([67, 0, { registration, reason: ERROR.notAuthorized }])
  other.talker.send([16, 1, {}, 'secret.topic', [1]])
  other.talker.send([16, 2, {}, 'open.topic', [2]])
  expect((await one.talker.next())[4]).toEqual([2])
  expect((await one.talker.ask((id) => [32, id, {}, 'secret.topic']))[4]).toBe(ERROR.notAuthorized)
  other.talker.send([48, 3, {}, 'secret.procedure'])
  expect((await other.talker.next())[4]).toBe(ERROR.noSuchProcedure)
  other.talker.send([48, 4, {}, 'open.procedure'])
  expect((await one.talker.next())[0]).toBe(68)
})

test('a peer that does not know of revocation hears nothing of it', async () => {
  const { router } = openRouter({ authorize: byRole })
  const { talker, id } = await joined(router)
  await talker.subscribe('secret.topic')
  await router.reauthorize(sessionOf(router, id), GUEST)
  await talker.expectSilence()
  expect(router.metrics().subscriptions).toBe(0)
})

test('the filter of a pattern becomes what it is now', async () => {
  let isOpen: NonNullable<Grant['filter']> = () => true
  const { router } = openRouter({ authorize: () => ({ allow: true, filter: isOpen }) })
  const [one, other] = [await joined(router), await joined(router)]
  await one.talker.subscribe('a', '{"match":"prefix"}')
  isOpen = (topic) => topic !== 'a.secret'
  await router.reauthorize(sessionOf(router, one.id))
  for (const topic of ['a.secret', 'a.open']) other.talker.send([16, topic.length, {}, topic])
  expect((await one.talker.next())[3]).toMatchObject({ topic: 'a.open' })
  await one.talker.expectSilence()
})

test('what the authorizer still thinks about is asked again', async () => {
  const asked: { role: string; decide(allow: boolean): void }[] = []
  const { router } = openRouter({
    authorize: ({ identity }) => new Promise((resolve) => asked.push({ role: identity.authrole, decide: resolve })),
  })
  const { talker, id } = await joined(router)
  talker.send([32, 1, {}, 'secret.topic'])
  await settled()
  await router.reauthorize(sessionOf(router, id), GUEST)
  asked[0]?.decide(true)
  await expect.poll(() => asked.map(({ role }) => role)).toEqual(['anonymous', 'guest'])
  asked[1]?.decide(false)
  expect((await talker.next())[4]).toBe(ERROR.notAuthorized)
  expect(router.metrics().subscriptions).toBe(0)
})

test('of two decisions under way the later counts', async () => {
  const asked: ((grant: Grant) => void)[] = []
  let isAsync = false
  const { router } = openRouter({
    authorize: () => (isAsync ? new Promise<Grant>((resolve) => asked.push(resolve)) : true),
  })
  const { talker, id } = await joined(router)
  await talker.subscribe('a.b')
  isAsync = true
  const session = sessionOf(router, id)
  const [first, second] = [router.reauthorize(session), router.reauthorize(session)]
  await settled()
  asked[1]?.({ allow: true })
  await second
  asked[0]?.({ allow: false })
  await first
  expect(router.metrics().subscriptions).toBe(1)
})

test('an authorizer that breaks revokes; a session that goes meanwhile does no harm', async () => {
  let isBroken = false
  const { router } = openRouter({
    authorize: () => (isBroken ? Promise.reject(new Error('directory down')) : true),
  })
  const [one, two] = [await joined(router), await joined(router)]
  for (const { talker } of [one, two]) await talker.subscribe('a.b')
  isBroken = true
  const gone = router.reauthorize(sessionOf(router, two.id))
  two.talker.peer.close()
  await Promise.all([gone, router.reauthorize(sessionOf(router, one.id))])
  expect(router.metrics()).toMatchObject({ sessions: 1, subscriptions: 0 })
})

test('a key that is revoked closes its sessions, with the reason', async () => {
  const { router } = openRouter()
  const [one, two] = [await joined(router), await joined(router)]
  router.kill(sessionOf(router, one.id), ERROR.notAuthorized, { code: 3000, message: 'the key was revoked' })
  expect(await one.talker.next()).toEqual([6, { message: 'the key was revoked' }, ERROR.notAuthorized])
  one.talker.send([6, {}, 'wamp.close.goodbye_and_out'])
  expect((await one.talker.peer.closed).code).toBe(3000)
  await two.talker.expectSilence()
})
