import type { EndpointDocument } from '@sluice/model'

type State = EndpointDocument['state']

/** The words of an endpoint's health, the same on every page, and what follows from it. */
export const ENDPOINT_STATES: Record<State, { word: string; meaning: string }> = {
  ok: { word: 'OK', meaning: 'Deliveries go out as they come.' },
  failing: {
    word: 'Failing',
    meaning:
      'The last attempts failed. What failed is retried on its schedule; what is new waits until one gets through.',
  },
  paused: { word: 'Paused', meaning: 'Somebody paused it. Deliveries are kept and go out when it is resumed.' },
  disabled: { word: 'Disabled', meaning: 'Nothing is sent to it until it is enabled again.' },
}

/** `1 waits`, `12 wait · 3 failed for good`; null where there is neither. */
export function backlogWords({ pending, dead }: Pick<EndpointDocument, 'pending' | 'dead'>): string | null {
  const words = [
    ...(pending > 0 ? [`${pending.toLocaleString('en')} ${pending === 1 ? 'waits' : 'wait'}`] : []),
    ...(dead > 0 ? [`${dead.toLocaleString('en')} failed for good`] : []),
  ]
  return words.length === 0 ? null : words.join(' · ')
}
