import fc from 'fast-check'
import { expect, test } from 'vitest'
import { join } from '../client/join.ts'
import type { Session } from '../client/session.ts'
import { WampError } from '../errors.ts'
import { linkedPair } from '../linked-pair.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { openRouter } from '../testing/open-router.ts'

const PEERS = 3
const peer = fc.nat(PEERS - 1)
const step = fc.oneof(
  fc.record({ does: fc.constant('register' as const), peer, procedure: fc.nat(2) }),
  fc.record({ does: fc.constant('call' as const), peer, procedure: fc.nat(2) }),
  fc.record({ does: fc.constant('answer' as const), which: fc.nat(), fails: fc.boolean() }),
  fc.record({ does: fc.constant('rejoin' as const), peer }),
)

interface Invocation {
  readonly argument: unknown
  readonly answer: PromiseWithResolvers<unknown>
}

test(
  'whoever comes and goes, every call is answered, with its own answer, and nothing is left',
  { timeout: 30_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { router } = openRouter()
        const enter = async (): Promise<Session> => {
          const [near, far] = linkedPair()
          router.attach(far)
          return await join(near, { realm: 'realm1', timers: new ManualTimers() })
        }
        const sessions: Session[] = []
        while (sessions.length < PEERS) sessions.push(await enter())
        const invocations: Invocation[] = []
        const outcomes: Promise<void>[] = []
        const call = async (session: Session | undefined, procedure: string, argument: number): Promise<void> => {
          try {
            expect((await session?.call(procedure, [argument]))?.args).toEqual([argument])
          } catch (error) {
            if (!(error instanceof WampError)) throw error
            if (error.uri === 'app.error') expect(error.args).toEqual([argument])
          }
        }
        const run: {
          [K in (typeof steps)[number]['does']]: (s: Extract<(typeof steps)[number], { does: K }>) => unknown
        } = {
          register: (s) =>
            sessions[s.peer]
              ?.register(`a.p${s.procedure}`, ([argument]) => {
                const answer = Promise.withResolvers<unknown>()
                invocations.push({ argument, answer })
                return answer.promise
              })
              .catch((error: unknown) => expect(error).toBeInstanceOf(WampError)),
          call: (s) => outcomes.push(call(sessions[s.peer], `a.p${s.procedure}`, outcomes.length)),
          answer: (s) => {
            const [invocation] = invocations.splice(s.which % (invocations.length || 1), 1)
            if (s.fails) invocation?.answer.reject(new WampError('app.error', [invocation.argument]))
            else invocation?.answer.resolve(invocation.argument)
          },
          rejoin: async (s) => {
            await sessions[s.peer]?.leave()
            sessions[s.peer] = await enter()
          },
        }
        for (const s of steps) await (run[s.does] as (s: unknown) => unknown)(s)
        for (const { answer, argument } of invocations) answer.resolve(argument)
        for (const session of sessions) await session.publishAcknowledged('a.barrier')
        for (const session of sessions) await session.leave()
        await Promise.all(outcomes)
        expect(router.metrics()).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0 })
      }),
      { numRuns: 150 },
    )
  },
)
