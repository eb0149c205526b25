import type { TriggerErrors } from './trigger-errors.ts'

/** Members of the document as sentences of the server begin with them: the field that shows each, and its words. */
const MEMBERS: Record<string, { field: string; words: string }> = {
  environment_id: { field: 'feedId', words: 'The device' },
  name: { field: 'name', words: 'The name' },
  hysteresis: { field: 'hysteresis', words: 'Hysteresis' },
  for: { field: 'for', words: 'The duration' },
  min_interval: { field: 'minInterval', words: 'The minimum interval' },
  url: { field: 'action.url', words: 'The address' },
  'action.url': { field: 'action.url', words: 'The address' },
  'action.to': { field: 'action.to', words: 'The recipient' },
  'action.topic': { field: 'action.topic', words: 'The topic' },
  'action.procedure': { field: 'action.procedure', words: 'The procedure' },
  'action.feed_id': { field: 'action.feedId', words: 'The device' },
  'action.datastream_id': { field: 'action.streamId', words: 'The channel' },
  'action.value': { field: 'action.value', words: 'The value' },
}
const CONDITION_MEMBERS: Record<string, { field: string; words: string }> = {
  stream_id: { field: 'streamId', words: 'The channel' },
  trigger_type: { field: 'streamId', words: 'The comparison' },
  threshold_value: { field: 'threshold', words: 'The number' },
  low: { field: 'low', words: 'The lower bound' },
  high: { field: 'high', words: 'The upper bound' },
  per: { field: 'per', words: 'The time' },
  after: { field: 'after', words: 'The silence' },
}

/** Sentences that begin with something else, told by what they are about. */
const TOPICS: { about: RegExp; field: string }[] = [
  { about: /\b(url|host|scheme)\b/i, field: 'action.url' },
  { about: /\bfeed\b/i, field: 'feedId' },
]

/**
 * Puts each sentence of a refusal at the field that it names (`conditions[1].low can't be blank` at the second
 * condition's lower bound), in the words of the form; `form` gets those that name none.
 * @param streamIds channels of the conditions, because some sentences name a channel and not a place
 */
export function serverErrors(sentences: readonly string[], streamIds: readonly string[]): TriggerErrors {
  const errors: TriggerErrors = {}
  for (const sentence of sentences) {
    const { field, words } = placed(sentence, streamIds)
    errors[field] = errors[field] === undefined ? words : `${errors[field]} ${words}`
  }
  return errors
}

function placed(sentence: string, streamIds: readonly string[]): { field: string; words: string } {
  const [, place = '', rest = ''] = /^([\w.[\]]+) (.+)$/.exec(sentence) ?? []
  const [, index, member = ''] = /^conditions\[(\d)\]\.(\w+)$/.exec(place) ?? []
  const ofCondition = CONDITION_MEMBERS[member]
  if (index !== undefined && ofCondition) {
    return { field: `conditions.${index}.${ofCondition.field}`, words: sentenceOf(ofCondition.words, rest) }
  }
  const known = MEMBERS[place]
  if (known) return { field: known.field, words: sentenceOf(known.words, rest) }
  const missing = /couldn't find datastream (\S+)$/.exec(sentence)?.[1]
  if (missing !== undefined) {
    const index = Math.max(0, streamIds.indexOf(missing))
    return { field: `conditions.${index}.streamId`, words: 'This device has no such channel.' }
  }
  const field = TOPICS.find(({ about }) => about.test(sentence))?.field ?? 'form'
  return { field, words: sentenceOf('', sentence) }
}

function sentenceOf(subject: string, rest: string): string {
  const text = `${subject} ${rest}`.trim()
  return /[.!?]$/.test(text) ? text : `${text}.`
}
