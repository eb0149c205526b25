import type { z } from 'zod'
import { parseConfig } from './config.ts'
import { makeLogger } from './logger.ts'
import type { Logger, LogLevel } from './logger.ts'

/** How long a scope may take to close before the process ends without it. */
const DRAIN_MS_MAX = 30_000
/** After an uncaught exception nothing can be trusted: what is under way may finish, briefly. */
const CRASH_DRAIN_MS_MAX = 5_000

export type Process = {
  logger: Logger
  /** resolves at SIGINT, SIGTERM or a crash */
  stopped: Promise<void>
  /** aborted when the drain must hurry: a second signal, or a crash */
  hurry: AbortSignal
}
export type ServiceOptions<Shape extends z.ZodRawShape> = {
  name: string
  config: z.ZodObject<Shape>
  logLevel(config: z.infer<z.ZodObject<Shape>>): LogLevel
}

/**
 * Runs one process: settings from the environment (all problems printed together, exit 78), logger, signals. `main`
 * opens what it needs, awaits `stopped` and lets its scope close. Exit code 0 after a clean stop; 1 after a failure, an
 * uncaught exception (drained ≤ 5 s) or a drain longer than 30 s.
 */
export async function run<Shape extends z.ZodRawShape>(
  options: ServiceOptions<Shape>,
  main: (config: z.infer<z.ZodObject<Shape>>, process: Process) => Promise<void>,
): Promise<void> {
  const config = parseConfig(options.config)
  const logger = makeLogger({ level: options.logLevel(config), name: options.name })
  const stop = Promise.withResolvers<void>()
  const hurry = new AbortController()

  const forceExitIn = (ms: number): void => {
    setTimeout(() => {
      logger.fatal({ afterMs: ms }, 'forced exit: something did not close')
      process.exit(1)
    }, ms).unref()
  }
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    if (++signals === 1) {
      logger.info({ signal }, 'stopping')
      forceExitIn(DRAIN_MS_MAX)
      stop.resolve()
    } else hurry.abort()
  }
  const onCrash = (error: unknown, origin: string): void => {
    logger.fatal({ err: error, origin }, 'uncaught exception')
    process.exitCode = 1
    forceExitIn(CRASH_DRAIN_MS_MAX)
    hurry.abort()
    stop.resolve()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  // Node turns an unhandled rejection into an uncaught exception, so this listener sees both
  process.on('uncaughtException', onCrash)
  try {
    await main(config, { logger, stopped: stop.promise, hurry: hurry.signal })
  } catch (error) {
    // the sentence for the person at the terminal; where it came from is for a log that asks for it
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    logger.debug({ err: error }, 'failed')
    process.exitCode = 1
    forceExitIn(CRASH_DRAIN_MS_MAX)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('uncaughtException', onCrash)
  }
}
