import { afterAll, expect, test } from 'vitest'
import { PATIENT, openLab, testKey } from './lab.ts'
import { type AutobahnPeer, autobahn, openAutobahn } from './peers/autobahn.ts'

const lab = await openLab()
lab.directory.keys.set('slc_full', testKey())
afterAll(async () => await lab[Symbol.asyncDispose]())

const open = (options: object): Promise<AutobahnPeer> => openAutobahn({ url: lab.url, ...options })
const ACCOUNT = { realm: 'acme', authid: '7', authmethods: ['ticket'], onchallenge: () => 'slc_full' }

test.each([
  { realm: 'realm1', options: { realm: 'realm1' } },
  { realm: 'acme', options: ACCOUNT },
])('Autobahn|JS publishes, subscribes, registers and calls in $realm', async ({ options }) => {
  const [one, two] = [await open(options), await open(options)]
  const events: unknown[] = []
  await one.session.subscribe('test-topic', (args, kwargs) => events.push([args, kwargs]))
  const publication = await two.session.publish('test-topic', ['hello', 1], { k: 2 }, { acknowledge: true })
  expect(Number.isSafeInteger(publication.id)).toBe(true)
  await expect.poll(() => events, PATIENT).toEqual([[['hello', 1], { k: 2 }]])
  await one.session.register('app.add', ([a, b]) => Number(a) + Number(b))
  await one.session.register('app.fail', () => {
    throw new autobahn.Error('app.error.no', ['why'])
  })
  expect(await two.session.call('app.add', [2, 3])).toBe(5)
  await expect(two.session.call('app.fail', [])).rejects.toMatchObject({ error: 'app.error.no', args: ['why'] })
  await expect(two.session.call('app.none', [])).rejects.toMatchObject({ error: 'wamp.error.no_such_procedure' })
  expect(await one.close()).toBe('wamp.close.goodbye_and_out')
  await two.close()
})

test.each([
  { name: 'a wrong key', options: { ...ACCOUNT, onchallenge: () => 'slc_wrong' }, reason: 'authentication_failed' },
  { name: 'no key', options: { realm: 'acme' }, reason: 'no_matching_auth_method' },
])('Autobahn|JS with $name cannot join an account realm', async ({ options, reason }) => {
  await expect(open(options)).rejects.toThrow(`wamp.error.${reason}`)
})
