import { ApiConfig, isLoopback } from '@sluice/api'
import { LOG_LEVELS } from '@sluice/service'
import { WorkerConfig } from '@sluice/worker'
import { z } from 'zod'

/** Name of the sandbox realm that tutorials of WAMP libraries use. */
const SANDBOX = 'realm1'

/** All settings of the platform in one process, by the names of their environment variables. */
export const CloudConfig = z.object({
  ...ApiConfig.shape,
  ...WorkerConfig.shape,
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional()
    .describe('A Postgres (15 or later) to use instead of the embedded one'),
  SLUICE_ANONYMOUS_REALM: z
    .string()
    .regex(/^(off|[a-z][a-z0-9_-]{2,62})$/, 'must be `off` or a name of 3 to 63 of a-z, 0-9, _ and -')
    .optional()
    .describe(
      'Sandbox realm open to anonymous WAMP sessions, apart from all accounts; `realm1` on a loopback HOST, else `off`',
    ),
  SLUICE_WAMP_CONFIG: z
    .string()
    .optional()
    .describe(
      'A file (JSON) with WAMP realms of your own, who may join them and do what, and more listeners. Not set: none',
    ),
  SLUICE_LOG_LEVEL: z.enum(LOG_LEVELS).default('warn').describe('What is logged to stdout, as JSON lines'),
})
export type CloudConfig = z.infer<typeof CloudConfig>

/** The sandbox realm of these settings, null where it is off. */
export function anonymousRealmOf(config: CloudConfig): string | null {
  const name = config.SLUICE_ANONYMOUS_REALM ?? (isLoopback(config.HOST) ? SANDBOX : 'off')
  return name === 'off' ? null : name
}
