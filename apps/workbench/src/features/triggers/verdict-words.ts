import type { Verdict } from '@sluice/model'

/** Each verdict as a word, and why the rule fired or did not. */
export const VERDICT_WORDS: Record<Verdict, { word: string; why: string }> = {
  fired: { word: 'Fired', why: 'The rule came true, and the trigger was armed.' },
  false: { word: 'Not true', why: 'The rule did not hold for this value.' },
  'still-true': { word: 'Still true', why: 'It fired already. It fires again once the rule was false.' },
  'not-armed': { word: 'Not armed', why: 'The rule came true, but nobody armed the trigger since it last fired.' },
  waiting: { word: 'Waiting', why: 'The rule holds, but not yet as long as it has to.' },
  'too-soon': { word: 'Too soon', why: 'The rule came true sooner after the last firing than the minimum interval.' },
  late: { word: 'Late', why: 'The value is older than the newest one, and late values are ignored.' },
  'not-numeric': { word: 'Not a number', why: 'The value is text, which cannot be compared with a number.' },
  incomplete: { word: 'Not enough yet', why: 'A value that the rule needs to decide is missing.' },
}

export type Held = boolean | null
/** Whether a condition held, as a sign and as a word for those who hear it. */
export const heldWords = (held: Held | undefined): { sign: string; word: string } =>
  held === true
    ? { sign: '✓', word: 'held' }
    : held === false
      ? { sign: '✗', word: 'did not hold' }
      : { sign: '–', word: 'could not be told' }
