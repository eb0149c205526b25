import { EGRESS_SETTINGS, portSetting, wholeNumber } from '@sluice/service'
import { z } from 'zod'

/** A port beside the universal one: a number, or `off`. */
const portOrOff = z
  .string()
  .transform((text, context) => {
    if (text === 'off') return 'off' as const
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
    if (port <= 65_535) return port
    context.addIssue({ code: 'custom', message: 'must be `off` or a whole number from 0 to 65535' })
    return z.NEVER
  })
  .optional()

/** Settings of the api, by the names of their environment variables. */
export const ApiConfig = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address that the universal port listens on'),
  PORT: portSetting(8080).describe('The universal port: API v2, workbench, WAMP; 0 picks a free one'),
  MQTT_PORT: portOrOff.describe(
    'Where MQTT 3.1.1 clients connect, on HOST and without TLS; 0 picks a free port, `off` closes it. Not set: 1883 where it is free, and `off` where HOST is public and nothing allows plain connections. Over WebSocket MQTT is on the universal port, whatever this says',
  ),
  SOCKET_PORT: portOrOff.describe(
    'Where clients send JSON messages over TCP (API v2), on HOST and without TLS; 0 picks a free port, `off` disables. Not set: 8081 where it is free, and `off` where HOST is public and nothing allows plain connections',
  ),
  SLUICE_DATA: z
    .string()
    .default('.sluice')
    .describe('Directory of the embedded Postgres, the secrets (mode 0600) and first-run.json'),
  SLUICE_PUBLIC_URL: z
    .url({ protocol: /^https?$/, message: 'must be an http or https address' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('What feed URLs and Location start with; from HOST and PORT unless given. Keep it short'),
  SLUICE_ALLOW_PLAIN_HTTP: z
    .enum(['yes', 'no'])
    .default('no')
    .describe('`yes` lets the server listen on a public address although its public URL is not https'),
  // far above what a device or a gateway sends, and below what a loop without a pause does to its neighbours
  SLUICE_RATE_PER_MINUTE: wholeNumber({ least: 0, most: 10_000_000, fallback: 60_000 }).describe(
    'Requests per minute of one key, and ten times that of one account; more are answered 403 with Retry-After. 0 means no limit',
  ),
  SLUICE_DRAIN_DELAY_S: wholeNumber({ least: 0, most: 60, fallback: 0 }).describe(
    'Seconds between /readyz turning 503 and the end of listening; 5 behind a load balancer',
  ),
  ...EGRESS_SETTINGS,
})
export type ApiConfig = z.infer<typeof ApiConfig>

/** Node timeouts of the universal port, in milliseconds; tests shorten them. */
export type Timeouts = { headMs: number; requestMs: number; keepAliveMs: number; checkMs: number }

/**
 * Measured on Fastify 5 with Node: a slow body is only cut when the head's deadline is *shorter* than the request's
 * (else Node swaps the two) and the check runs often (it is every 30 s by default). Keep-alive outlasts the 60 s idle
 * time of usual proxies.
 */
export const TIMEOUTS: Timeouts = { headMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000, checkMs: 1_000 }

/** Whether only this machine can reach the address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '::ffff:127.0.0.1' || /^(::ffff:)?127\./.test(host)
