import { formatTimestamp } from '@sluice/model'
import { exportAccount } from '../export-account.ts'
import type { RouteParts } from '../route-parts.ts'
import type { Answer, Route, SignedContext } from '../route.ts'
import { makeSlots } from '../slots.ts'
import type { Slots } from '../slots.ts'
import { BODY_NONE_BYTES } from './body-limits.ts'

/** Each reads the archive as fast as its client takes it. */
const EXPORTS = { count: 2, waitMsMax: 5_000, busy: 'Other exports are under way; try again in a few minutes' }

/** Nothing is held hostage: the whole account as one file, for its owner or a master key. */
export function exportRoutes(parts: RouteParts): Route[] {
  const slots = makeSlots(EXPORTS)
  return [
    {
      method: 'GET',
      path: '/v2/export',
      summary: 'Everything in your account as lines of JSON; the last one says that nothing is missing',
      who: 'master',
      addresses: 'own-account',
      bodyBytesMax: BODY_NONE_BYTES,
      handle: (context) => exportAll(parts, slots, context),
    },
  ]
}

async function exportAll({ db }: RouteParts, slots: Slots, context: SignedContext): Promise<Answer> {
  const { principal, publicUrl, receivedAt: now, signal } = context
  const release = await slots.take(signal)
  const lines = exportAccount({ db, accountId: principal.accountId, publicUrl, now, signal })
  const name = `sluice-${principal.login}-${formatTimestamp(now).slice(0, 10)}.ndjson`
  return {
    status: 200,
    stream: released(lines, release),
    headers: { 'Content-Disposition': `attachment; filename="${name}"` },
  }
}

async function* released(lines: AsyncIterable<string>, release: () => void): AsyncIterable<string> {
  try {
    yield* lines
  } finally {
    release()
  }
}
