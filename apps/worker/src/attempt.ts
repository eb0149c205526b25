import type { Logger } from '@sluice/service'
import type { ClaimedDelivery } from '@sluice/store'
import type { ActionTable, AttemptResult, Shipment } from './action.ts'

/** Opens what the api sealed. @throws when it was sealed under another secret or changed */
export type Secrets = { open(sealed: Buffer): string }

/** How long an action may take to tell what it did after its signal aborted. */
const GRACE_MS = 1_000

/**
 * Makes one attempt.
 * @param signal aborts when its time is over
 * @returns always a result, within a second of the signal, whatever the action does
 */
export async function attempt(
  parts: { actions: ActionTable; secrets: Secrets; logger: Logger },
  claimed: ClaimedDelivery,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const overdue = Promise.withResolvers<AttemptResult>()
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    timer = setTimeout(() => overdue.resolve(failure('There was no complete answer in time')), GRACE_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const shipment = shipmentOf(claimed, parts.secrets)
    return await Promise.race([parts.actions[claimed.kind](shipment, signal), overdue.promise])
  } catch (error) {
    // an action that throws, or a secret that does not open: ours to mend, and the delivery is tried again
    parts.logger.error({ err: error, delivery: claimed.id, kind: claimed.kind }, 'an attempt broke')
    return failure('The attempt could not be made because of an error in this server')
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}

function shipmentOf(claimed: ClaimedDelivery, secrets: Secrets): Shipment {
  const { id, kind, action, accountId, login, contentType, body, hops, at, value, isTest, verifiesTls } = claimed
  const sealed = [claimed.secret, claimed.previousSecret].filter((secret) => secret !== null)
  const opened = sealed.map((secret) => secrets.open(secret))
  return {
    id,
    kind,
    action,
    accountId,
    login,
    contentType,
    body,
    hops,
    at,
    value,
    isTest,
    verifiesTls,
    secrets: opened,
  }
}

function failure(error: string): AttemptResult {
  const nothing = { status: null, requestHeaders: {}, responseHeaders: {}, responseBody: '' }
  return { outcome: 'failed', error, ...nothing, retryAfterMs: null, isGone: false }
}
