import { DATASTREAM_ID, LIMITS, numberOf } from '@sluice/model'
import { secondsOf } from './duration-field.ts'
import type { DurationField } from './duration-field.ts'
import { CONDITION_SHAPES, optionsOf } from './trigger-form.ts'
import type { ActionForm, ConditionForm, TriggerForm } from './trigger-form.ts'

/**
 * Sentences by field. Fields of a condition are named `conditions.<position>.<field>`, those of the action
 * `action.<field>`, anything else as in the form; what belongs to no field is under `form`.
 */
export type TriggerErrors = Record<string, string>

const FEED_ID = /^[1-9]\d{0,14}$/

/** What keeps the rule from being tried: the same errors that keep it from being saved, without those of the action. */
export function ruleErrors(form: TriggerForm): TriggerErrors {
  const errors: TriggerErrors = {}
  if (!FEED_ID.test(form.feedId)) errors['feedId'] = 'Choose a device, or type the number of a feed.'
  for (const [index, condition] of form.conditions.entries()) {
    for (const [field, words] of Object.entries(conditionErrors(condition)))
      errors[`conditions.${index}.${field}`] = words
  }
  const { hasDuration, hasHysteresis } = optionsOf(form)
  if (hasDuration) addDuration(errors, 'for', form.for, 0)
  const hysteresis = form.hysteresis.trim()
  if (hasHysteresis && hysteresis !== '' && !((numberOf(hysteresis) ?? -1) >= 0)) {
    errors['hysteresis'] = 'A number that is not negative.'
  }
  addDuration(errors, 'minInterval', form.minInterval, 0)
  return errors
}

export function triggerErrors(form: TriggerForm): TriggerErrors {
  const errors = ruleErrors(form)
  if (form.name.length > LIMITS.titleCharsMax) errors['name'] = `At most ${LIMITS.titleCharsMax} characters.`
  for (const [field, words] of Object.entries(actionErrors(form.action))) errors[`action.${field}`] = words
  return errors
}

function conditionErrors(form: ConditionForm): TriggerErrors {
  const errors: TriggerErrors = {}
  if (form.streamId === '') errors['streamId'] = 'Choose a channel.'
  else if (!DATASTREAM_ID.test(form.streamId)) errors['streamId'] = 'No channel can have this id.'
  const shape = CONDITION_SHAPES[form.type]
  const threshold = numberOf(form.threshold.trim())
  if (shape === 'threshold' || shape === 'slope') {
    if (form.threshold.trim() === '') errors['threshold'] = form.type === 'eq' ? 'Type a value.' : 'Type a number.'
    else if (form.type !== 'eq' && threshold === null) errors['threshold'] = 'This is no number.'
    else if (shape === 'slope' && threshold !== null && threshold < 0) errors['threshold'] = 'Not less than 0.'
  }
  if (shape === 'bounds') {
    const [low, high] = [numberOf(form.low.trim()), numberOf(form.high.trim())]
    if (low === null) errors['low'] = 'Type a number.'
    if (high === null) errors['high'] = 'Type a number.'
    if (low !== null && high !== null && low > high) errors['high'] = 'Not less than the lower bound.'
  }
  if (shape === 'slope') addDuration(errors, 'per', form.per, 1)
  if (shape === 'silence') addDuration(errors, 'after', form.after, 1)
  return errors
}

function addDuration(errors: TriggerErrors, field: string, duration: DurationField, least: number): void {
  const seconds = secondsOf(duration)
  if (seconds === null) errors[field] = 'A whole number of seconds.'
  else if (seconds < least) errors[field] = 'At least a second.'
  else if (seconds > LIMITS.ruleSecondsMax) errors[field] = `At most ${LIMITS.ruleSecondsMax / 86_400} days.`
}

function actionErrors(form: ActionForm): TriggerErrors {
  switch (form.kind) {
    case 'http':
      return form.url.trim() === ''
        ? { url: 'Where should the request go?' }
        : isHttpUrl(form.url.trim())
          ? {}
          : { url: 'An address that begins with https:// or http://.' }
    case 'email':
      return /^\S+@\S+$/.test(form.to.trim()) ? {} : { to: 'An e-mail address.' }
    case 'publish':
      return form.topic.trim() === '' ? { topic: 'Name a topic.' } : {}
    case 'call':
      return form.procedure.trim() === '' ? { procedure: 'Name a procedure.' } : {}
    case 'datapoint':
      break
  }
  return {
    ...(FEED_ID.test(form.feedId) ? {} : { feedId: 'Choose a device.' }),
    ...(DATASTREAM_ID.test(form.streamId.trim()) ? {} : { streamId: 'Name a channel: letters, digits, _ - + .' }),
  }
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/./i.test(text) && URL.canParse(text)
}
