import type { AttemptResult } from '../action.ts'
import { orAborted, reasonOfAbort } from '../or-aborted.ts'
import { excerpt, failed, refused } from './result.ts'

/** A session of the platform in the realm of an account. What goes wrong rejects, in WAMP's words where it has them. */
export type RealmSession = {
  publish(
    topic: string,
    args: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: { acknowledge?: boolean },
  ): Promise<void>
  call(
    procedure: string,
    args: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: { timeoutMs?: number },
  ): Promise<unknown>
}
export type OpenSession = (accountId: number, login: string) => Promise<RealmSession>

/** Of what a callee or a router says in an error. */
const REASON_CHARS_MAX = 300

/** Names that belong to the platform: what programs hear there comes from the platform alone. */
export function isPlatformName(name: string): boolean {
  return /^(sluice|wamp)(\.|$)/.test(name)
}

/** The arguments of an event or a call: the delivery's JSON document. */
export function argsOf(body: string): readonly unknown[] | null {
  try {
    return [JSON.parse(body)]
  } catch {
    return null
  }
}

/** Does one thing in a realm; a failure of any kind is a result. */
export async function inRealm(work: () => Promise<AttemptResult>, signal: AbortSignal): Promise<AttemptResult> {
  try {
    return await orAborted(work(), signal)
  } catch (error) {
    if (signal.aborted) return failed(reasonOfAbort(signal))
    return failed(excerpt(error instanceof Error ? error.message : String(error), REASON_CHARS_MAX))
  }
}

export const PLATFORM_NAME = refused('Names that begin with "sluice." or "wamp." belong to the platform')
export const NOT_JSON = refused('The body of this delivery is not JSON')
