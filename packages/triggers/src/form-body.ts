import { formatSeconds, formatTimestamp } from '@sluice/model'
import { describeRule } from './describe.ts'
import { urlsOf } from './firing-context.ts'
import type { FiringContext } from './firing-context.ts'

export const FORM_CONTENT_TYPE = 'application/x-www-form-urlencoded'

/**
 * API v2's message: one form field `body` with JSON in it. Members and types are those that its receivers were written
 * for (`lat` and `lon` are strings, times of firings have whole seconds, the feed's URL has no extension), with what later
 * receivers looked for beside them: `lng`, `at`, `current_value`. `delivery_id`, `cause`, `rule` and `values` are ours.
 */
export function formBody(context: FiringContext): string {
  return new URLSearchParams({ body: JSON.stringify(messageOf(context)) }).toString()
}

function messageOf(context: FiringContext): Record<string, unknown> {
  const { trigger, fired, feed, datastream } = context
  const urls = urlsOf(context)
  const { lat, lon, name } = feed.location
  const longitude = lon === undefined ? '' : String(lon)
  const condition =
    trigger.rule.conditions.find(({ datastreamId }) => datastreamId === fired.datastreamId) ??
    trigger.rule.conditions[0]
  return {
    environment: {
      description: feed.description ?? '',
      feed: urls.feed,
      id: feed.id,
      location: { lat: lat === undefined ? '' : String(lat), lon: longitude, lng: longitude, name: name ?? '' },
      title: feed.title,
    },
    id: trigger.id,
    ...(condition && 'threshold' in condition ? { threshold_value: condition.threshold } : {}),
    timestamp: formatSeconds(context.firedAt),
    triggering_datastream: {
      id: datastream.id,
      units: {
        label: datastream.unit.label ?? '',
        symbol: datastream.unit.symbol ?? '',
        type: datastream.unit.type ?? '',
      },
      url: urls.datastream,
      at: formatTimestamp(fired.at),
      value: {
        max_value: datastream.maxValue,
        min_value: datastream.minValue,
        value: fired.value,
        current_value: datastream.currentValue,
      },
    },
    ...(condition ? { type: condition.type } : {}),
    url: urls.trigger,
    ...(context.isTest ? { debug: true } : {}),
    delivery_id: context.deliveryId,
    cause: fired.cause,
    rule: describeRule(trigger.rule),
    values: context.values,
  }
}
