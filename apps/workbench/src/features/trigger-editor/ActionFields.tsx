import type { ActionKind, DeviceDocument } from '@sluice/model'
import { ACTION_KINDS } from '@sluice/model'
import type { ReactNode } from 'react'
import { useFeed } from '../device/useDevice.ts'
import { StreamField } from './ConditionFields.tsx'
import { FeedField } from './FeedField.tsx'
import { InlineInput, InlineSelect } from './InlineField.tsx'
import type { ActionForm } from './trigger-form.ts'

const KIND_WORDS: Record<ActionKind, string> = {
  http: 'send an HTTP POST to',
  email: 'send an e-mail to',
  publish: 'publish to the topic',
  call: 'call the procedure',
  datapoint: 'write a value to',
}

type Props = {
  action: ActionForm
  devices: readonly DeviceDocument[]
  errorOf(field: string): string | undefined
  onChange(change: Partial<ActionForm>): void
}

/** `[send an HTTP POST to] [https://…]` */
export function ActionFields({ action, devices, errorOf, onChange }: Props): ReactNode {
  const text = (field: 'url' | 'to' | 'topic' | 'procedure', label: string, placeholder: string): ReactNode => (
    <InlineInput
      isWide
      label={label}
      type={field === 'url' ? 'url' : field === 'to' ? 'email' : 'text'}
      placeholder={placeholder}
      value={action[field]}
      error={errorOf(field)}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <>
      <InlineSelect
        label="Action"
        value={action.kind}
        onChange={(event) => onChange({ kind: event.currentTarget.value as ActionKind })}
      >
        {ACTION_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {KIND_WORDS[kind]}
          </option>
        ))}
      </InlineSelect>
      {action.kind === 'http' && text('url', 'Address', 'https://example.com/hook')}
      {action.kind === 'email' && text('to', 'Recipient', 'you@example.com')}
      {action.kind === 'publish' && text('topic', 'Topic', 'com.example.greenhouse.hot')}
      {action.kind === 'call' && text('procedure', 'Procedure', 'com.example.greenhouse.cool')}
      {action.kind === 'datapoint' && <DatapointFields {...{ action, devices, errorOf, onChange }} />}
    </>
  )
}

function DatapointFields({ action, devices, errorOf, onChange }: Props): ReactNode {
  const { data: feed } = useFeed(action.feedId === '' ? undefined : Number(action.feedId))
  return (
    <>
      <StreamField
        label="Channel to write to"
        streams={action.feedId === '' ? undefined : (feed?.datastreams ?? undefined)}
        value={action.streamId}
        error={errorOf('streamId')}
        onChange={(streamId) => onChange({ streamId })}
      />
      <span>of</span>
      <FeedField
        label="Device to write to"
        devices={devices}
        feedId={action.feedId}
        allowsOthers={false}
        error={errorOf('feedId')}
        onChange={(feedId) => onChange({ feedId, streamId: '' })}
      />
      <span>, namely</span>
      <InlineInput
        label="Value to write"
        placeholder="the value that fired"
        value={action.value}
        error={errorOf('value')}
        onChange={(event) => onChange({ value: event.currentTarget.value })}
      />
    </>
  )
}
