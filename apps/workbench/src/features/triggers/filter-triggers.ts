import type { EndpointDocument, TriggerDocument } from '@sluice/model'
import { actionWords, ruleWords } from './rule-words.ts'
import { TRIGGER_STATES, triggerState } from './trigger-state.ts'

/** Triggers in which every word of the filter occurs: in name, rule, device, action or state. */
export function filterTriggers(
  triggers: readonly TriggerDocument[],
  filter: string,
  { feedName, endpointOf }: { feedName(feedId: number): string; endpointOf(id: number): EndpointDocument | undefined },
): TriggerDocument[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return triggers.filter((trigger) => {
    const text = [
      trigger.name,
      ruleWords(trigger),
      feedName(trigger.environment_id),
      actionWords(trigger.action, feedName),
      TRIGGER_STATES[triggerState(trigger, endpointOf(trigger.endpoint_id))].word,
    ]
      .join('\n')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
