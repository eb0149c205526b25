import { z } from 'zod'

/** EX_CONFIG of sysexits.h: the process was set up wrongly and starting it again will not help. */
const EXIT_CONFIG = 78

/** The settings do not fit their schema. `problems` has one sentence for each, naming the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads settings from environment variables. An empty variable counts as not set, as shells and compose files write it.
 * @throws {ConfigError} with all problems together, so that one start is enough to find them
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const text = env[name]
    if (text !== undefined && text !== '') given[name] = text
  }
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
}

/** Like `readConfig`, for the start of a process: prints the problems to stderr and exits with 78. */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<z.ZodObject<Shape>> {
  try {
    return readConfig(schema, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    return process.exit(EXIT_CONFIG)
  }
}

/** A TCP port as a setting: `0` picks a free one. */
export const portSetting = (fallback: number): z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>> =>
  wholeNumber({ least: 0, most: 65_535, fallback })

/** A whole number in a range as a setting. Written by hand because `z.coerce` takes `''` for 0 and `'0x10'` for 16. */
export function wholeNumber(range: {
  least: number
  most: number
  fallback: number
}): z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>> {
  const { least, most, fallback } = range
  const message = `must be a whole number from ${least} to ${most}`
  const digits = z.string().transform((text, context) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  return digits.default(fallback)
}
