import type { ReactNode, SelectHTMLAttributes } from 'react'
import { triggerTitle } from '../triggers/rule-words.ts'
import { useFeedNames } from '../triggers/useFeedNames.ts'
import { useTriggers } from '../triggers/useTriggers.ts'
import type { ResourceForm } from './key-form.ts'

/** How a feed or a trigger is named by an option. */
function placeValue({ feed_id, datastream_trigger_id }: ResourceForm): string {
  if (datastream_trigger_id !== undefined) return `trigger ${datastream_trigger_id}`
  return feed_id === undefined ? '' : `feed ${feed_id}`
}

function readPlace(value: string): ResourceForm {
  const [kind, id] = value.split(' ', 2)
  return kind === 'trigger' ? { datastream_trigger_id: Number(id) } : { feed_id: Number(id) }
}

type Props = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'> & {
  value: ResourceForm
  /** words for no feed and no trigger, where that may be chosen */
  none?: string | undefined
  /** null for none */
  onPick(resource: ResourceForm | null): void
}

/** Feeds by the names of their devices, then triggers; what is chosen stays in the list though it may be gone. */
export function PlaceSelect({ value, none, onPick, ...select }: Props): ReactNode {
  const { devices } = useFeedNames()
  const { data: triggers = [] } = useTriggers()
  const { feed_id: feedId, datastream_trigger_id: triggerId } = value
  return (
    <select
      {...select}
      value={placeValue(value)}
      onChange={({ currentTarget }) => onPick(currentTarget.value === '' ? null : readPlace(currentTarget.value))}
    >
      {none !== undefined && <option value="">{none}</option>}
      <optgroup label="Feeds">
        {devices.map(({ feed_id, name }) => (
          <option key={feed_id} value={`feed ${feed_id}`}>
            {name} · feed {feed_id}
          </option>
        ))}
        {triggerId === undefined && feedId !== undefined && devices.every(({ feed_id }) => feed_id !== feedId) && (
          <option value={`feed ${feedId}`}>Feed {feedId}</option>
        )}
      </optgroup>
      {(triggers.length > 0 || triggerId !== undefined) && (
        <optgroup label="Triggers">
          {triggers.map((trigger) => (
            <option key={trigger.id} value={`trigger ${trigger.id}`}>
              {triggerTitle(trigger)} · trigger {trigger.id}
            </option>
          ))}
          {triggerId !== undefined && triggers.every(({ id }) => id !== triggerId) && (
            <option value={`trigger ${triggerId}`}>Trigger {triggerId}</option>
          )}
        </optgroup>
      )}
    </select>
  )
}
