import { styleText } from 'node:util'
import type { DeliveryDocument } from '@sluice/model'
import type { Outcome } from './forward.ts'

export type Start = {
  url: string
  forwardTo: string
  /** names of the triggers listened to, null for all of the account */
  triggers: string[] | null
  /** to show, null for one that the developer gave */
  secret: string | null
}
export type Totals = { forwarded: number; failed: number }

/** Everything that `sluice listen` says while it runs. */
export type Report = {
  start(start: Start): void
  ready(): void
  note(sentence: string): void
  delivery(delivery: DeliveryDocument, outcome: Outcome): void
  sum(totals: Totals): void
}

type Write = (line: string) => void

const VALUE_CHARS_MAX = 60
const NAME_COLUMNS = 20
const CAUSE_COLUMNS = 8
/** control characters, and those that change the direction of text: a value is anybody's text, and this is a terminal */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line for a person each; colours only when told so. */
export function makeTextReport(write: Write, isColoured: boolean): Report {
  const paint = (style: 'green' | 'red' | 'dim' | 'bold', text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text
  return {
    start({ url, forwardTo, triggers, secret }) {
      const which = triggers === null ? 'all triggers' : triggers.map((name) => shown(name)).join(', ')
      write(`${paint('bold', 'Listening on')}   ${url} (${which})`)
      write(`${paint('bold', 'Forwarding to')}  ${forwardTo}`)
      if (secret === null) write(`${paint('bold', 'Signing with')}   the secret of --secret`)
      else write(`${paint('bold', 'Signing with')}   ${secret} (made for this run, shown once)`)
    },
    ready: () => write(paint('dim', 'Ready. Ctrl-C ends')),
    note: (sentence) => write(paint('dim', sentence)),
    delivery(delivery, outcome) {
      const { trigger_name: name, test, cause, stream_id: stream, value, fired_at: firedAt } = delivery
      const told = [
        paint('dim', clockTime(new Date(firedAt), new Date())),
        shown(test ? `${name} (test)` : name).padEnd(NAME_COLUMNS),
        cause.padEnd(CAUSE_COLUMNS),
        `${shown(stream)} ${value === null ? '–' : shown(value)}`,
      ]
      const answer = [outcome.status, outcome.error].filter((part) => part !== null).join(' ')
      const painted = paint(outcome.error === null ? 'green' : 'red', answer)
      write(`${told.join('  ')}  → ${painted}  ${Math.round(outcome.durationMs)} ms`)
    },
    sum: ({ forwarded, failed }) => write(`Forwarded ${forwarded}, failed ${failed}`),
  }
}

/** One JSON object a line, told apart by `type`: start, ready, note, delivery, sum. */
export function makeJsonReport(write: Write): Report {
  const say = (line: { type: string } & Record<string, unknown>): void => write(JSON.stringify(line))
  return {
    start: ({ url, forwardTo, triggers, secret }) =>
      say({ type: 'start', url, forward_to: forwardTo, triggers, secret }),
    ready: () => say({ type: 'ready' }),
    note: (text) => say({ type: 'note', text }),
    delivery(
      { id, number, trigger_id, trigger_name, environment_id, stream_id, cause, at, value, test, fired_at },
      to,
    ) {
      const { status, error, durationMs } = to
      const delivery = {
        id,
        number,
        trigger_id,
        trigger_name,
        environment_id,
        stream_id,
        cause,
        at,
        value,
        test,
        fired_at,
      }
      const outcome = error === null ? 'forwarded' : 'failed'
      say({ type: 'delivery', ...delivery, outcome, status, error, duration_ms: durationMs })
    },
    sum: (totals) => say({ type: 'sum', ...totals }),
  }
}

/** Text of others, safe for a terminal and short enough for a line. */
export function shown(text: string): string {
  const safe = text.replaceAll(UNSHOWABLE, '�')
  return safe.length > VALUE_CHARS_MAX ? `${safe.slice(0, VALUE_CHARS_MAX - 1)}…` : safe
}

/** `18:04:05`, in local time; with the date when that is not today's. */
function clockTime(at: Date, now: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  if (at.toDateString() === now.toDateString()) return time
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}
