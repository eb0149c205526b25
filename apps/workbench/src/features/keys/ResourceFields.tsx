import type { FeedDocument } from '@sluice/model'
import { LIMITS } from '@sluice/model'
import { Plus, X } from 'lucide-react'
import { useId } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { useFeed } from '../device/useDevice.ts'
import { PlaceSelect } from './PlaceSelect.tsx'
import type { ResourceForm } from './key-form.ts'

type Props = {
  /** the one that the page is about: the first that somebody would add */
  feed: FeedDocument
  resources: readonly ResourceForm[]
  error: string | undefined
  onChange(resources: readonly ResourceForm[]): void
}

/** Where a permission holds: everywhere, or in so many feeds, channels and triggers. */
export function ResourceFields({ feed, resources, error, onChange }: Props): ReactNode {
  const change = (index: number, next: ResourceForm): void =>
    onChange(resources.map((one, at) => (at === index ? next : one)))
  const only = resources.length <= 1
  return (
    <div role="group" aria-label="Reaches" className="grid gap-2">
      {(resources.length === 0 ? [{}] : resources).map((resource, index) => (
        // rows of one list, told apart by their place alone
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className="flex items-center gap-2 max-sm:flex-wrap">
          <PlaceSelect
            aria-label="Feed or trigger"
            className="input h-9 min-w-0 sm:flex-1"
            value={resource}
            none={only ? 'All feeds of the account' : undefined}
            onPick={(place) => {
              if (place === null) onChange([])
              else if (resources.length === 0) onChange([place])
              else change(index, place)
            }}
          />
          {resource.feed_id !== undefined && resource.datastream_trigger_id === undefined && (
            <ChannelField feedId={resource.feed_id} resource={resource} onChange={(next) => change(index, next)} />
          )}
          {!only && (
            <button
              type="button"
              aria-label="Remove this feed or trigger"
              onClick={() => onChange(resources.filter((_, at) => at !== index))}
              className="grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
            >
              <X size={15} aria-hidden />
            </button>
          )}
        </div>
      ))}
      {error !== undefined && <p className="text-[0.8125rem] text-bad">{error}</p>}
      {resources.length > 0 && resources.length < LIMITS.resourcesPerPermissionMax && (
        <div>
          <Button size="s" look="quiet" onClick={() => onChange([...resources, { feed_id: feed.id }])}>
            <Plus size={14} aria-hidden /> Another feed or trigger
          </Button>
        </div>
      )}
    </div>
  )
}

type ChannelProps = { feedId: number; resource: ResourceForm; onChange(resource: ResourceForm): void }

/** One channel of the feed, also one that is not there yet; empty for all. */
function ChannelField({ feedId, resource, onChange }: ChannelProps): ReactNode {
  const { data: feed } = useFeed(feedId)
  const list = useId()
  return (
    <>
      <input
        aria-label="Channel"
        className="input h-9 min-w-0 sm:flex-1"
        list={list}
        autoComplete="off"
        spellCheck={false}
        placeholder="All channels"
        maxLength={LIMITS.datastreamIdCharsMax}
        value={resource.datastream_id ?? ''}
        onChange={({ currentTarget: { value } }) => {
          const { datastream_id: _before, ...rest } = resource
          onChange(value === '' ? rest : { ...rest, datastream_id: value })
        }}
      />
      <datalist id={list}>
        {(feed?.datastreams ?? []).map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  )
}
