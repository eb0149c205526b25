import type { Action, ActionKind, Micros } from '@sluice/model'

/** One attempt of one delivery, as an action gets it. Every attempt of a delivery has the same id and body. */
export type Shipment = {
  /** UUID; the webhook-id of every attempt */
  id: string
  kind: ActionKind
  action: Action
  accountId: number
  /** login of the account, which is the name of its realm */
  login: string
  contentType: string
  body: string
  /** how many triggers led to this firing through actions that write datapoints */
  hops: number
  /** of the firing: measurement time of its value, or when the duration or silence was complete */
  at: Micros
  value: string | null
  isTest: boolean
  /** the endpoint's `whsec_…` secret, then the one before while it still signs; empty for what is not signed */
  secrets: readonly string[]
  /** false: certificates of private addresses that the operator allowed are not checked */
  verifiesTls: boolean
}

/** What came of one attempt. Headers and body are what the delivery log shows, so no secret may be among them. */
export type AttemptResult = {
  /** `failed` is tried again by the schedule; `refused`, by our own rules or for good, is not */
  outcome: 'delivered' | 'failed' | 'refused'
  /** of an HTTP answer */
  status: number | null
  /** a sentence for the delivery log; null when delivered */
  error: string | null
  requestHeaders: Record<string, string>
  responseHeaders: Record<string, string>
  /** first 1,024 characters */
  responseBody: string
  /** the target asked not to be called for this long (Retry-After) */
  retryAfterMs: number | null
  /** 410 Gone: the target wants nothing more */
  isGone: boolean
}

/**
 * Makes one attempt. Never throws: what went wrong is a result.
 * @param signal aborts when the attempt's time (15 s in all) is over or the process must go
 */
export type Act = (shipment: Shipment, signal: AbortSignal) => Promise<AttemptResult>

/** One way to act for each kind of action. */
export type ActionTable = Record<ActionKind, Act>
