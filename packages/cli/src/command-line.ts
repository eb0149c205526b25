import { parseArgs } from 'node:util'
import { UsageError } from './errors.ts'

/** What `sluice listen` was asked for, as far as the command line alone tells. */
export type ListenFlags = {
  forwardTo: URL
  url: string | null
  key: string | null
  /** ids; empty for all */
  triggers: ReadonlySet<number>
  secret: string | null
  /** how far back to begin, ms */
  sinceMs: number | null
  isJson: boolean
}

export type Command = { kind: 'help' | 'listen-help' | 'version' } | { kind: 'listen'; flags: ListenFlags }

const TRIGGERS_MAX = 100
const SINCE_MS_MAX = 30 * 86_400_000
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const OPTIONS = {
  'forward-to': { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  trigger: { type: 'string', multiple: true },
  secret: { type: 'string' },
  since: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Reads a command line.
 * @param args without program and script
 * @throws {UsageError} with a sentence that repeats no value that could be a key
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [command, ...rest] = args
  if (command === '--help' || command === '-h' || command === 'help') return { kind: 'help' }
  if (command === '--version' || command === '-v') return { kind: 'version' }
  if (command === 'listen') return parseListen(rest)
  throw new UsageError(
    command === undefined
      ? 'Say what to do: sluice listen --forward-to URL; sluice --help tells more'
      : 'The only command is listen; sluice --help tells more',
  )
}

function parseListen(args: readonly string[]): Command {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  if (values.help === true) return { kind: 'listen-help' }
  for (const token of tokens) {
    if (token.kind !== 'option') throw new UsageError('Every value needs its flag; sluice listen --help lists them')
    checkOption(token)
  }
  const text = (name: 'forward-to' | 'url' | 'key' | 'secret' | 'since'): string | null => {
    const value = values[name]
    return typeof value === 'string' ? value : null
  }
  const forwardTo = text('forward-to')
  if (forwardTo === null) throw new UsageError('Say where to: --forward-to http://localhost:3000')
  const since = text('since')
  return {
    kind: 'listen',
    flags: {
      forwardTo: parseTarget(forwardTo),
      url: text('url'),
      key: text('key'),
      triggers: parseTriggers((values.trigger ?? []).map(String)),
      secret: text('secret'),
      sinceMs: since === null ? null : parseSince(since),
      isJson: values.json === true,
    },
  }
}

function checkOption({
  name,
  rawName,
  value,
  inlineValue,
}: {
  name: string
  rawName: string
  value?: string | undefined
  inlineValue?: boolean | undefined
}): void {
  const option = Object.entries(OPTIONS).find(([known]) => known === name)?.[1]
  if (option === undefined) throw new UsageError(`There is no flag ${rawName}; sluice listen --help lists all`)
  if (option.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`)
    return
  }
  // a flag where a value should be
  if (value === undefined || value === '' || (inlineValue !== true && value.startsWith('-')))
    throw new UsageError(`${rawName} needs a value`)
}

/** A scheme may be missing, as in `localhost:3000/hook`. */
function parseTarget(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError('--forward-to needs an http or https URL, such as http://localhost:3000/hook')
  if (url.username !== '' || url.password !== '') throw new UsageError('--forward-to takes no user name or password')
  return url
}

function parseTriggers(texts: readonly string[]): ReadonlySet<number> {
  if (texts.length > TRIGGERS_MAX) throw new UsageError(`--trigger can be given ${TRIGGERS_MAX} times at most`)
  if (texts.some((text) => !/^[1-9]\d{0,14}$/.test(text)))
    throw new UsageError('--trigger needs the id of a trigger, a number')
  return new Set(texts.map(Number))
}

function parseSince(text: string): number {
  const [, count, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * UNIT_MS[(unit ?? 's') as keyof typeof UNIT_MS]
  if (unit === undefined || ms > SINCE_MS_MAX)
    throw new UsageError('--since needs a time such as 30s, 10m, 2h or 3d, at most 30d')
  return ms
}
