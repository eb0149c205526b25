import { expect } from 'vitest'
import { TYPE } from '../messages.ts'
import { ALL_FEATURES, type Join, type Talker } from './talker.ts'

type Dict = Record<string, unknown>

let procedures = 0
/** A procedure that no other case knows. */
export const newProcedure = (): string => `case.procedure.p${(procedures += 1)}`

/** HELLO.Details of a client that lacks some features, in both of its roles. */
export function without(...features: readonly string[]): Dict {
  const rest = (role: { features: Dict }): { features: Dict } => ({
    features: Object.fromEntries(Object.entries(role.features).filter(([name]) => !features.includes(name))),
  })
  return { roles: { caller: rest(ALL_FEATURES.caller), callee: rest(ALL_FEATURES.callee) } }
}

/** @returns the registration id */
export async function register(callee: Talker, procedure: string, options: Dict = {}): Promise<number> {
  const [type, , id] = await callee.ask((request) => [TYPE.REGISTER, request, options, procedure])
  expect(type).toBe(TYPE.REGISTERED)
  return Number(id)
}

/** The URI of the ERROR that REGISTER is answered with. */
export async function refusal(callee: Talker, procedure: string, options: Dict = {}): Promise<unknown> {
  const answer = await callee.ask((request) => [TYPE.REGISTER, request, options, procedure])
  expect(answer.slice(0, 2)).toEqual([TYPE.ERROR, TYPE.REGISTER])
  return answer[4]
}

export interface Pair {
  readonly callee: Talker
  readonly caller: Talker
  readonly procedure: string
  readonly registration: number
}

/** A callee with one procedure, and a caller: with all features where none are given. */
export async function pair(
  join: Join,
  { caller = {}, callee = {}, options = {} }: { caller?: Dict; callee?: Dict; options?: Dict } = {},
): Promise<Pair> {
  const [called, calling] = [await join(callee), await join(caller)]
  const procedure = newProcedure()
  return { callee: called, caller: calling, procedure, registration: await register(called, procedure, options) }
}

/** Callees of one procedure, in the order in which they registered. */
export async function callees(join: Join, count: number, procedure: string, options: Dict): Promise<Talker[]> {
  const all: Talker[] = []
  while (all.length < count) {
    const callee = await join({})
    await register(callee, procedure, options)
    all.push(callee)
  }
  return all
}

/** The peer gets an ERROR for its CALL. */
export async function expectCallError(caller: Talker, request: number, uri: string): Promise<void> {
  expect((await caller.next()).slice(0, 5)).toEqual([TYPE.ERROR, TYPE.CALL, request, {}, uri])
}

export async function expectViolation(peer: Talker): Promise<void> {
  expect((await peer.next()).slice(0, 3)).toMatchObject([TYPE.ABORT, {}, 'wamp.error.protocol_violation'])
  await peer.peer.closed
}
