import type { ConditionType, DatastreamDocument } from '@sluice/model'
import { CONDITION_TYPES } from '@sluice/model'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { unitWords } from '../channels/unit-words.ts'
import { CONDITION_WORDS } from '../triggers/rule-words.ts'
import { InlineDuration, InlineInput, InlineSelect } from './InlineField.tsx'
import { CONDITION_SHAPES, isCombinable } from './trigger-form.ts'
import type { ConditionForm } from './trigger-form.ts'

type Props = {
  condition: ConditionForm
  index: number
  /** of the device; undefined while they are not known */
  streams: readonly DatastreamDocument[] | undefined
  /** it stands beside others, so that only some comparisons are possible */
  isOneOfMany: boolean
  errorOf(field: string): string | undefined
  onChange(change: Partial<ConditionForm>): void
  onRemove(): void
  /** the device, between channel and comparison of the first one */
  children?: ReactNode
}

/** `[temperature] of … [is above] [30] °C` */
export function ConditionFields(props: Props): ReactNode {
  const { condition, index, streams, isOneOfMany, errorOf, onChange, onRemove, children } = props
  const prefix = index === 0 ? '' : `Condition ${index + 1}: `
  const types = CONDITION_TYPES.filter((type) => !isOneOfMany || isCombinable(type) || type === condition.type)
  return (
    <>
      <StreamField
        label={`${prefix}Channel`}
        streams={streams}
        value={condition.streamId}
        error={errorOf('streamId')}
        onChange={(streamId) => onChange({ streamId })}
      />
      {children}
      <InlineSelect
        label={`${prefix}Comparison`}
        value={condition.type}
        onChange={(event) => onChange({ type: event.currentTarget.value as ConditionType })}
      >
        {types.map((type) => (
          <option key={type} value={type}>
            {CONDITION_WORDS[type]}
          </option>
        ))}
      </InlineSelect>
      <Numbers {...{ condition, prefix, errorOf, onChange }} unit={unitOf(streams, condition.streamId)} />
      {isOneOfMany && (
        <button
          type="button"
          aria-label={`Remove condition ${index + 1}`}
          onClick={onRemove}
          className="grid size-8 place-items-center rounded-lg text-muted hover:bg-sunken hover:text-text"
        >
          <X size={16} aria-hidden />
        </button>
      )}
    </>
  )
}

const unitOf = (streams: Props['streams'], id: string): string =>
  unitWords(streams?.find((stream) => stream.id === id)?.unit)

type NumbersProps = Pick<Props, 'condition' | 'errorOf' | 'onChange'> & { prefix: string; unit: string }

function Numbers({ condition, prefix, unit, errorOf, onChange }: NumbersProps): ReactNode {
  const shape = CONDITION_SHAPES[condition.type]
  const number = (field: 'threshold' | 'low' | 'high', label: string): ReactNode => (
    <InlineInput
      label={`${prefix}${label}`}
      inputMode={condition.type === 'eq' ? 'text' : 'decimal'}
      placeholder={field === 'low' ? '10' : field === 'high' ? '20' : '30'}
      value={condition[field]}
      error={errorOf(field)}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
  switch (shape) {
    case 'threshold':
      return (
        <>
          {number('threshold', condition.type === 'eq' ? 'Value' : 'Threshold')} {unit !== '' && <span>{unit}</span>}
        </>
      )
    case 'bounds':
      return (
        <>
          {number('low', 'Lower bound')} <span>and</span> {number('high', 'Upper bound')}{' '}
          {unit !== '' && <span>{unit}</span>}
        </>
      )
    case 'slope':
      return (
        <>
          {number('threshold', 'By more than')} <span>{unit === '' ? 'per' : `${unit} per`}</span>
          <InlineDuration
            label={`${prefix}Per`}
            value={condition.per}
            error={errorOf('per')}
            onChange={(per) => onChange({ per })}
          />
        </>
      )
    case 'silence':
      return (
        <>
          <InlineDuration
            label={`${prefix}Silence`}
            value={condition.after}
            error={errorOf('after')}
            onChange={(after) => onChange({ after })}
          />
          {condition.type === 'live' && <span>of silence</span>}
        </>
      )
    case 'none':
      break
  }
  return null
}

type StreamProps = {
  label: string
  streams: Props['streams']
  value: string
  error: string | undefined
  onChange(streamId: string): void
}

/** A choice of the device's channels; a text where it has none that could be chosen. */
export function StreamField({ label, streams, value, error, onChange }: StreamProps): ReactNode {
  if (streams?.length === 0) {
    return (
      <InlineInput
        label={label}
        placeholder="temperature"
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  }
  const isKnown = value === '' || streams === undefined || streams.some(({ id }) => id === value)
  return (
    <InlineSelect label={label} value={value} error={error} onChange={(event) => onChange(event.currentTarget.value)}>
      {value === '' && <option value="">channel</option>}
      {(!isKnown || streams === undefined) && value !== '' && <option value={value}>{value}</option>}
      {streams?.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </InlineSelect>
  )
}
