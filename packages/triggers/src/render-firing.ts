import type { Action, Fired, Rule } from '@sluice/model'
import type { FiringContext } from './firing-context.ts'
import { FORM_CONTENT_TYPE, formBody } from './form-body.ts'
import { JSON_CONTENT_TYPE, jsonBody } from './json-body.ts'

type Firing = {
  deliveryId: string
  decision: {
    trigger: { id: number; name: string; rule: Rule; user: string; action: Action }
    values: Record<string, string | null>
  }
  fired: Fired
}
type Subject = Pick<FiringContext, 'feed' | 'datastream' | 'firedAt'>

/** The message of a firing: API v2's form for actions that ask for it, JSON for all others. */
export function renderFiring(
  publicUrl: string,
): (firing: Firing, subject: Subject) => { contentType: string; body: string } {
  return ({ deliveryId, decision, fired }, subject) =>
    messageOf(decision.trigger.action, {
      publicUrl,
      deliveryId,
      trigger: decision.trigger,
      fired,
      values: decision.values,
      isTest: false,
      ...subject,
    })
}

/** The message of one delivery. */
export function messageOf(action: Action, context: FiringContext): { contentType: string; body: string } {
  const isForm = action.kind === 'http' && action.format === 'form'
  return isForm
    ? { contentType: FORM_CONTENT_TYPE, body: formBody(context) }
    : { contentType: JSON_CONTENT_TYPE, body: jsonBody(context) }
}
