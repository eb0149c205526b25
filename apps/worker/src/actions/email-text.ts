import { z } from 'zod'

/** Of the JSON document of a firing, what a letter tells. */
const Firing = z.object({
  data: z.object({
    trigger: z.object({ name: z.string(), url: z.string() }),
    rule: z.string(),
    test: z.boolean().optional(),
    environment: z.object({ title: z.string().nullable(), url: z.string() }),
    datastream: z.object({
      id: z.string(),
      value: z.string().nullable(),
      at: z.string(),
      unit: z.object({ symbol: z.string().nullish(), label: z.string().nullish() }).nullish(),
    }),
  }),
})
/** Mail programs cut longer ones. */
const SUBJECT_CHARS_MAX = 150

export type Letter = { subject: string; text: string }

/**
 * A firing as a letter: plain text, one fact a line.
 * @param body the JSON document of the delivery
 * @returns null when it is not such a document
 */
export function letterOf(body: string, deliveryId: string): Letter | null {
  const firing = Firing.safeParse(jsonOf(body))
  if (!firing.success) return null
  const { trigger, rule, test, environment, datastream } = firing.data.data
  const unit = datastream.unit?.symbol || datastream.unit?.label || ''
  const value = datastream.value === null ? 'no value' : [datastream.value, unit].filter(Boolean).join(' ')
  const about = `${datastream.id}: ${value}`
  const feed = environment.title || 'a feed without a title'
  const lines = [
    ...(test === true ? ['This is a test: nothing happened.', ''] : []),
    about,
    `at ${datastream.at}`,
    '',
    `Rule: ${rule}`,
    `Feed: ${feed}, ${environment.url}`,
    `Trigger: ${trigger.name || 'without a name'}, ${trigger.url}`,
    `Delivery: ${deliveryId}`,
  ]
  const subject = `${test === true ? 'Test: ' : ''}${trigger.name || rule} (${about})`
  return {
    subject: oneLine(subject).slice(0, SUBJECT_CHARS_MAX).toWellFormed(),
    text: `${lines.map(oneLine).join('\n')}\n`,
  }
}

/** Titles and values are anybody's text: none of it may begin a line, let alone a header. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
