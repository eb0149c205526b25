import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type { Logger } from 'pino'
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Members that carry secrets wherever they turn up, one level down or two. A net under the rule not to log them. */
const SECRETS = ['password', 'apiKey', 'api_key', 'key', 'secret', 'token', 'ticket', 'authorization', 'cookie']
const HEADERS = ['x-apikey', 'x-pachubeapikey', 'x-cosmapikey', 'set-cookie']
const REDACTED = [
  ...SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  ...HEADERS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
]

/**
 * JSON lines with UTC time, level in words and the process' name.
 * @param destination where they go; stdout unless told
 */
export function makeLogger(options: { level: LogLevel; name: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: { name: options.name },
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[secret]' },
  }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}
