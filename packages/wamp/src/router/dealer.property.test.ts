import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DealerModel, type Says } from '../testing/dealer-model.ts'
import type { InvokePolicy } from './registration.ts'

const PEERS = 4
const peer = fc.nat(PEERS - 1)
const which = fc.nat(50)
const name = fc.constantFrom(0, 0, 1, 2)
const rarely = fc.nat(19).map((n) => n === 0)
/** What each of the three names is registered as, but for a few. */
const policies = fc.array(fc.constantFrom<InvokePolicy>('single', 'roundrobin', 'random', 'first', 'last'), {
  minLength: 3,
  maxLength: 3,
})
const timeout = fc.constantFrom(0, 0, 100)

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('register' as const),
      peer,
      name,
      isOther: rarely,
      concurrency: fc.constantFrom(undefined, undefined, 1, 2),
      isForced: rarely,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('unregister' as const), peer, name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('call' as const),
      peer,
      uri: fc.constantFrom('a.b', 'a.b', 'a.b', 'a.b', 'a.c', 'x.b', 'x.y'),
      progress: fc.constantFrom(false, false, true),
      receive_progress: fc.boolean(),
      timeout,
      rkey: fc.constantFrom(undefined, undefined, undefined, undefined, 'one', 'two'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('part' as const), which, isLast: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('cancel' as const),
      which,
      mode: fc.constantFrom('skip', 'kill', 'killnowait'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('answer' as const),
      which,
      says: fc.constantFrom<Says>('result', 'error', 'unavailable', 'unavailable', 'progress', 'progress'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('congest' as const), peer, isCongested: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('rejoin' as const), peer, features: fc.constantFrom(0, 0, 0, 1, 2, 3) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.constantFrom(50, 100) }) },
)

test('whoever comes, goes and says what: every call ends once, as it may, with a callee that may have it', () => {
  let ended = 0
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 150, size: 'max' }),
      policies,
      fc.infiniteStream(fc.nat(2 ** 31 - 1)),
      (steps, invokes, bits) => {
        const model = new DealerModel(PEERS, () => (bits.next().value ?? 0) / 2 ** 31)
        for (const s of steps) {
          switch (s.does) {
            case 'register':
              model.register(s.peer, s.name, { ...s, invoke: invokes[s.isOther ? 0 : s.name] ?? 'single' })
              break
            case 'unregister':
              model.unregister(s.peer, s.name)
              break
            case 'call':
              model.call(s.peer, s.uri, s)
              break
            case 'part':
              model.part(s.which, s.isLast)
              break
            case 'cancel':
              model.cancel(s.which, s.mode)
              break
            case 'answer':
              model.answer(s.which, s.says)
              break
            case 'congest':
              model.congest(s.peer, s.isCongested)
              break
            case 'rejoin':
              model.leave(s.peer)
              model.join(s.peer, s.features)
              break
            case 'pass':
              model.pass(s.ms)
              break
          }
        }
        for (let index = 0; index < PEERS; index += 1) model.leave(index)
        model.expectNothingLeft()
        ended += model.ended
      },
    ),
    { numRuns: 700 },
  )
  expect(ended).toBeGreaterThan(1000)
})
