import type { DatastreamDocument } from '@sluice/model'
import { DATASTREAM_ID, LIMITS, UNIT_TYPES } from '@sluice/model'
import type { DatastreamWrite } from '@sluice/sdk'

export type ChannelForm = {
  id: string
  tags: string
  label: string
  symbol: string
  type: string
  value: string
}
export type ChannelErrors = Partial<Record<keyof ChannelForm, string>>

export function formOf(stream: DatastreamDocument | undefined): ChannelForm {
  return {
    id: stream?.id ?? '',
    tags: (stream?.tags ?? []).join(', '),
    label: stream?.unit?.label ?? '',
    symbol: stream?.unit?.symbol ?? '',
    type: stream?.unit?.type ?? '',
    value: '',
  }
}

/** What is wrong with a form, field by field, by the limits of the server. `taken` are ids that exist already. */
export function channelErrors(form: ChannelForm, taken: readonly string[]): ChannelErrors {
  const errors: ChannelErrors = {}
  if (form.id === '') errors.id = 'Give the channel an id.'
  else if (!DATASTREAM_ID.test(form.id)) errors.id = 'Only letters, digits, and _ - + . are allowed, no spaces.'
  else if (form.id.length > LIMITS.datastreamIdCharsMax) {
    errors.id = `At most ${LIMITS.datastreamIdCharsMax} characters.`
  } else if (taken.includes(form.id)) errors.id = 'This feed has a channel of that id already.'
  if (splitTags(form.tags).join(',').length > LIMITS.tagsCharsMax) {
    errors.tags = `All tags together: at most ${LIMITS.tagsCharsMax} characters.`
  }
  if (form.value.length > LIMITS.valueCharsMax) errors.value = `At most ${LIMITS.valueCharsMax} characters.`
  return errors
}

/** What a valid form writes. An empty value writes none: the current one stays. */
export function channelWrite(form: ChannelForm): { id: string } & DatastreamWrite {
  const type = UNIT_TYPES.find((type) => type === form.type)
  return {
    id: form.id,
    tags: splitTags(form.tags),
    unit: { label: form.label.trim(), symbol: form.symbol.trim(), ...(type === undefined ? {} : { type }) },
    ...(form.value.trim() === '' ? {} : { current_value: form.value.trim() }),
  }
}

/** `a, b,,a` → `a`, `b` */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter(Boolean)
}
