import type { DeviceDocument } from '@sluice/model'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { InlineInput, InlineSelect } from './InlineField.tsx'

type Props = {
  label: string
  devices: readonly DeviceDocument[]
  /** number of the feed as text */
  feedId: string
  error: string | undefined
  /** whether public feeds of other accounts can be chosen too */
  allowsOthers: boolean
  onChange(feedId: string): void
}

const OTHER = 'other'

/** A device of one's own, or a public feed of somebody else's by its number. */
export function FeedField({ label, devices, feedId, error, allowsOthers, onChange }: Props): ReactNode {
  const [wantsOther, setWantsOther] = useState(false)
  const isOwn = devices.some((device) => String(device.feed_id) === feedId)
  const isOther = allowsOthers && (wantsOther || (feedId !== '' && !isOwn && devices.length > 0))
  return (
    <>
      <InlineSelect
        label={label}
        value={isOther ? OTHER : feedId}
        error={isOther ? undefined : error}
        onChange={(event) => {
          const { value } = event.currentTarget
          setWantsOther(value === OTHER)
          onChange(value === OTHER ? '' : value)
        }}
      >
        {feedId === '' && !isOther && <option value="">device</option>}
        {feedId !== '' && !isOwn && !isOther && <option value={feedId}>Feed {feedId}</option>}
        {devices.map((device) => (
          <option key={device.feed_id} value={device.feed_id}>
            {device.name}
          </option>
        ))}
        {allowsOthers && <option value={OTHER}>a public feed…</option>}
      </InlineSelect>
      {isOther && (
        <InlineInput
          label="Number of the feed"
          inputMode="numeric"
          placeholder="1977"
          value={feedId}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value.trim())}
        />
      )}
    </>
  )
}
