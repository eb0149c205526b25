import type { EgressRules } from '@sluice/service'
import manifest from '../package.json' with { type: 'json' }
import type { ActionTable } from './action.ts'
import { makeCallAction } from './actions/call.ts'
import { makeDatapointAction } from './actions/datapoint.ts'
import type { AppendValue } from './actions/datapoint.ts'
import { makeEmailAction } from './actions/email.ts'
import { makeHttpAction } from './actions/http.ts'
import { makePublishAction } from './actions/publish.ts'
import type { OpenSession } from './actions/realm-session.ts'
import { openEgress } from './egress/request.ts'

export type ActionParts = {
  /** where requests may go */
  rules: EgressRules
  /** null where mail is not set up */
  smtpUrl: string | null
  from: string | null
  openSession: OpenSession
  append: AppendValue
}

/** Every action there is. A further kind is one more function of this shape. */
export function makeActions(parts: ActionParts): ActionTable & Disposable {
  const egress = openEgress({ rules: parts.rules })
  return {
    http: makeHttpAction({ egress, version: manifest.version, nowMs: Date.now }),
    email: makeEmailAction(parts),
    publish: makePublishAction(parts),
    call: makeCallAction(parts),
    datapoint: makeDatapointAction(parts),
    [Symbol.dispose]: () => egress[Symbol.dispose](),
  }
}
