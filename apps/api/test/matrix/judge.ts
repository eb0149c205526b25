import type { Ask } from './ask.ts'
import type { Case } from './cases.ts'
import type { Thing } from './rules.ts'
import type { Ids, Marks } from './subject.ts'
import type { Answer } from './way.ts'

const STATUS = { refused: 403, barred: 403, unknown: 401 } as const
/** Of their own for each answer. */
const PASSING = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])

/** A request, by the ids that it could name and all that it said, and what it was answered. */
export type Asked = { ids: Ids; asked: string; answer: Answer }

/**
 * @param nobodys the same request about what nobody has, where that must not make a difference
 * @returns what is wrong with the answer to who is not served, null where nothing is
 */
export function wrongOfRefusal(
  { expected }: Case,
  { missing = 404 }: Ask,
  theirs: Asked,
  nobodys: Asked | null,
): string | null {
  const { status } = theirs.answer
  if (expected === 'denied' ? status < 400 || status > 499 : status !== statusOf(expected, missing)) {
    return 'it has another status'
  }
  if (!nobodys) return null
  const [one, other] = [essenceOf(theirs), essenceOf(nobodys)]
  return one === other ? null : `what nobody has is answered ${other} and this ${one}`
}

function statusOf(expected: Case['expected'], missing: number): number {
  if (expected === 'refused' || expected === 'barred' || expected === 'unknown') return STATUS[expected]
  return missing
}

/** What is wrong with the answer to who is served. */
export function wrongOfService({ served, shows }: Ask, { status, text }: Answer, marks: Marks): string | null {
  if (served === undefined ? status !== 200 && status !== 201 : status !== served) return 'it is not served'
  if (shows !== undefined && !text.includes(marks[shows])) return `it does not show ${marks[shows]}`
  return null
}

/** What shows, and what one must be allowed to read for it. */
const SHOWN_BY: Record<keyof Marks, readonly Thing[]> = {
  title: ['feed', 'device'],
  t: ['t'],
  u: ['u'],
  url: ['trigger', 'device'],
  email: ['user'],
  secrets: ['device'],
}

/** What an answer shows that it must not. @param mayRead whether who was answered may read a thing */
export function leakOf({ headers, text }: Answer, marks: Marks, mayRead: (thing: Thing) => boolean): string | null {
  const all = [text, ...Object.values(headers)].join('\n')
  for (const [mark, things] of Object.entries(SHOWN_BY) as [keyof Marks, readonly Thing[]][]) {
    const shown = [marks[mark]].flat().find((word) => all.includes(word))
    if (shown !== undefined && !things.some(mayRead)) return `it shows ${mark} (${shown})`
  }
  return null
}

/** All that an answer says, with what stood for the thing in the request taken out. */
function essenceOf({ answer: { status, headers, text }, ids, asked }: Asked): string {
  const kept = Object.entries(headers)
    .filter(([name]) => !PASSING.has(name))
    .map(([name, value]) => `${name}: ${value}`)
  const named = Object.values(ids).filter((id) => asked.includes(String(id)))
  const said = [status, ...kept.sort(), text].join('\n')
  if (named.length === 0) return said
  return said.replaceAll(new RegExp(`(?<![0-9A-Za-z])(?:${named.join('|')})(?![0-9A-Za-z])`, 'g'), '#')
}
