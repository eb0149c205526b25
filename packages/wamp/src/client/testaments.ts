import type { Dict } from '../payload.ts'
import type { CallResult } from './handlers.ts'
import type { CallOptions, PublishOptions } from './options.ts'

/** A Session or a Connection. */
export interface Caller {
  call(
    procedure: string,
    args?: readonly unknown[],
    kwargs?: Readonly<Dict>,
    options?: CallOptions,
  ): Promise<CallResult>
}

export interface Testament {
  readonly topic: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Dict>
  readonly options?: PublishOptions
  /** Published when the session ends (`destroyed`, the default), or already when its transport is lost (`detached`). */
  readonly scope?: 'destroyed' | 'detached'
}

/**
 * What the router publishes when this session is gone (Advanced Profile, "Testaments"). It belongs to the session: make
 * it again on a new one.
 */
export async function addTestament(caller: Caller, testament: Testament): Promise<void> {
  const { topic, args = [], kwargs = {}, options, scope } = testament
  const more = { ...(options ? { publish_options: options } : {}), ...(scope ? { scope } : {}) }
  await caller.call('wamp.session.add_testament', [topic, args, kwargs], more)
}

/** Takes the session's testaments of one scope back, by default `destroyed`. @returns how many there were */
export async function flushTestaments(caller: Caller, scope?: Testament['scope']): Promise<number> {
  const { args } = await caller.call('wamp.session.flush_testaments', [], scope ? { scope } : {})
  return typeof args[0] === 'number' ? args[0] : 0
}
