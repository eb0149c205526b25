import type { EndpointDocument, TriggerDocument } from '@sluice/model'

export type TriggerState = 'armed' | 'fired' | 'spent' | 'true-already' | 'paused' | 'failing' | 'held' | 'disabled'

/** The words of a state, the same on every page, and what it means. */
export const TRIGGER_STATES: Record<TriggerState, { word: string; meaning: string }> = {
  armed: { word: 'Armed', meaning: 'It fires the next time its rule comes true.' },
  fired: { word: 'Fired, waiting to re-arm', meaning: 'It fires again after its rule was false once.' },
  spent: { word: 'Fired, arm it again', meaning: 'It stays quiet until a person arms it again.' },
  'true-already': {
    word: 'Waiting to re-arm',
    meaning: 'Its rule held already when it was saved. It fires once the rule was false and comes true again.',
  },
  paused: { word: 'Paused', meaning: 'It looks at no value until it is switched on again.' },
  failing: {
    word: 'Endpoint failing',
    meaning: 'It fires, but the last attempts to deliver failed. They are retried.',
  },
  held: { word: 'Deliveries paused', meaning: 'It fires, and its deliveries wait until the endpoint is resumed.' },
  disabled: { word: 'Endpoint disabled', meaning: 'It fires, but nothing is delivered until the endpoint is enabled.' },
}

/** Of several things to say the one that a person has to act upon. `endpoint` is undefined while it is not known. */
export function triggerState(
  trigger: Pick<TriggerDocument, 'enabled' | 'armed' | 'mode' | 'rearm' | 'firings' | 'conditions'>,
  endpoint?: Pick<EndpointDocument, 'state'>,
): TriggerState {
  if (!trigger.enabled) return 'paused'
  if (endpoint?.state === 'disabled') return 'disabled'
  if (endpoint?.state === 'failing') return 'failing'
  if (endpoint?.state === 'paused') return 'held'
  if (trigger.armed || trigger.mode === 'level' || isOccurrence(trigger)) return 'armed'
  if (trigger.rearm === 'manual') return 'spent'
  return trigger.firings === 0 ? 'true-already' : 'fired'
}

/** Every change, every silence is a firing of its own: there is nothing to re-arm. */
const isOccurrence = ({ conditions }: Pick<TriggerDocument, 'conditions'>): boolean =>
  ['change', 'live', 'frozen'].includes(conditions[0]?.trigger_type ?? '')
