import { formatTimestamp } from '@sluice/model'
import { describeRule } from './describe.ts'
import { urlsOf } from './firing-context.ts'
import type { FiringContext } from './firing-context.ts'

export const JSON_CONTENT_TYPE = 'application/json'

/** Standard Webhooks asks for messages below 20 kB. */
export const JSON_BODY_BYTES_MAX = 20_000

const SENTENCE_CHARS_MAX = 500
const CONTROL = /\p{Cc}/gu

/**
 * The modern message, in the shape of Standard Webhooks: `type`, `timestamp` (when it was decided) and `data`.
 * Stays below 20,000 bytes: text for people is cut, and where that is not enough `values` has the triggering datastream
 * alone.
 */
export function jsonBody(context: FiringContext): string {
  const body = JSON.stringify(messageOf(context, context.values))
  if (body.length * 3 < JSON_BODY_BYTES_MAX || new TextEncoder().encode(body).length < JSON_BODY_BYTES_MAX) return body
  const { id } = context.datastream
  return JSON.stringify(messageOf(context, { [id]: context.values[id] ?? null }))
}

function messageOf(context: FiringContext, values: FiringContext['values']): Record<string, unknown> {
  const { trigger, fired, feed, datastream } = context
  const urls = urlsOf(context)
  return {
    type: 'trigger.fired',
    timestamp: formatTimestamp(context.firedAt),
    data: {
      delivery_id: context.deliveryId,
      trigger: { id: trigger.id, name: shown(trigger.name), url: urls.trigger },
      rule: shown(describeRule(trigger.rule)),
      cause: fired.cause,
      ...(context.isTest ? { test: true } : {}),
      environment: { id: feed.id, title: shown(feed.title), url: urls.feed },
      datastream: {
        id: datastream.id,
        value: fired.value,
        at: formatTimestamp(fired.at),
        unit: { label: shown(datastream.unit.label), symbol: shown(datastream.unit.symbol) },
        url: urls.datastream,
      },
      values,
    },
  }
}

/** Text for people. A control character would take six bytes. */
function shown(text: string | undefined): string {
  return (text ?? '').replace(CONTROL, ' ').slice(0, SENTENCE_CHARS_MAX)
}
