import { type Dict, NO_ENTRIES } from '../payload.ts'
import type { Grant } from './authenticator.ts'
import { passedOn } from './passthru.ts'
import type { PendingCall } from './pending-call.ts'

/** One object for all messages that say just this. */
export const PROGRESS: Dict = Object.freeze({ progress: true })

/** INVOCATION.Details of the first or only INVOCATION of a call. */
export function invocationDetails(call: PendingCall, procedure: string, grant: Grant): Dict {
  const { endpoint, terms } = call
  const { match } = endpoint.registration
  const { disclose = 'off', trustlevel } = grant
  const isDisclosed = disclose === 'on' || (disclose === 'choose' && (terms.disclosesMe || endpoint.disclosesCaller))
  const timeoutMs = endpoint.takesTimeout ? terms.timeoutMs : 0
  if (
    match === 'exact' &&
    !isDisclosed &&
    trustlevel === undefined &&
    timeoutMs === 0 &&
    terms.passed === null &&
    !terms.isInParts &&
    !call.isProgressive
  )
    return NO_ENTRIES
  const details: Dict = { ...terms.passed }
  if (match !== 'exact') details['procedure'] = procedure
  if (isDisclosed && call.caller !== null) describe(details, call.caller.session)
  if (trustlevel !== undefined) details['trustlevel'] = trustlevel
  if (timeoutMs > 0) details['timeout'] = timeoutMs
  if (terms.isInParts) details['progress'] = true
  if (call.isProgressive) details['receive_progress'] = true
  return details
}

/** Advanced Profile, "Caller Identification". */
function describe(
  details: Dict,
  { id, identity }: { id: number; identity: { authid: string; authrole: string } },
): void {
  details['caller'] = id
  details['caller_authid'] = identity.authid
  details['caller_authrole'] = identity.authrole
}

/** INVOCATION.Details of a further part: of the options of later CALLs only `progress` is read. */
export function partDetails(call: PendingCall, procedure: string, isLast: boolean): Dict {
  const { endpoint, terms } = call
  const isExact = endpoint.registration.match === 'exact'
  if (isExact && terms.passed === null) return isLast ? NO_ENTRIES : PROGRESS
  const details: Dict = { ...terms.passed }
  if (!isExact) details['procedure'] = procedure
  if (!isLast) details['progress'] = true
  return details
}

/** RESULT.Details of what a YIELD says, or ERROR.Details of an ERROR. */
export function answerDetails(options: Dict, isProgress: boolean): Dict {
  const passed = options === NO_ENTRIES ? null : passedOn(options)
  if (passed === null) return isProgress ? PROGRESS : NO_ENTRIES
  if (isProgress) passed['progress'] = true
  return passed
}
