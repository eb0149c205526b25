import type { KeyDocument, TriggerDocument } from '@sluice/model'

/** Keys of an account as the page of one feed shows them. */
export type SortedKeys = {
  /** bound to the feed or a trigger on it, then those that are bound to nothing */
  reaching: KeyDocument[]
  others: KeyDocument[]
}

/** @param triggers of the account; a key for one of them reaches the feed that it looks at, though only the trigger */
export function sortKeys(
  keys: readonly KeyDocument[],
  feedId: number,
  triggers: readonly Pick<TriggerDocument, 'id' | 'environment_id'>[] = [],
): SortedKeys {
  const here = new Set(triggers.filter(({ environment_id }) => environment_id === feedId).map(({ id }) => id))
  const isBound = (key: KeyDocument): boolean =>
    key.permissions.some(({ resources = [] }) =>
      resources.some(
        ({ feed_id, datastream_trigger_id: triggerId }) =>
          feed_id === feedId || (triggerId !== undefined && here.has(triggerId)),
      ),
    )
  const bound = keys.filter(isBound)
  const free = keys.filter((key) => !bound.includes(key) && isFree(key))
  return { reaching: [...bound, ...free], others: keys.filter((key) => !bound.includes(key) && !free.includes(key)) }
}

const isFree = (key: KeyDocument): boolean => key.permissions.some(({ resources = [] }) => resources.length === 0)
