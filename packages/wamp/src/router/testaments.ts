import type { Dict, Payload } from '../payload.ts'
import type { RouterSession } from './session.ts'

/** When a testament is published: when the transport is lost, or when the session is gone for good. */
export type TestamentScope = 'detached' | 'destroyed'

/** An event that a session wants published when it ends (Advanced Profile, "Testament"). */
export interface Testament {
  readonly scope: TestamentScope
  readonly topic: string
  readonly payload: Payload
  readonly options: Dict
}

/** Publishes a session's testaments of these scopes, in the order of the scopes and then of their adding, once. */
export function publishTestaments(
  broker: { publishTestament(session: RouterSession, testament: Testament): void },
  session: RouterSession,
  scopes: readonly TestamentScope[],
): void {
  const { testaments } = session
  if (testaments === null) return
  session.testaments = testaments.filter(({ scope }) => !scopes.includes(scope))
  for (const scope of scopes)
    for (const testament of testaments) if (testament.scope === scope) broker.publishTestament(session, testament)
}
