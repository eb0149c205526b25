import { z } from 'zod'

/** Where secrets of a configuration may come from besides the file itself. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file's text. @throws {Error} it cannot be read */
  readFile(path: string): string
}

/** A secret: as text, as `{"env": "NAME"}`, or as `{"file": "/path"}`, whose last line break is not part of it. */
export type Secret = z.ZodPipe<
  z.ZodUnion<
    readonly [
      z.ZodString,
      z.ZodObject<{ env: z.ZodString }, z.core.$strict>,
      z.ZodObject<{ file: z.ZodString }, z.core.$strict>,
    ]
  >,
  z.ZodTransform<string, string | { env: string } | { file: string }>
>

/** The schema of a secret that is read when the configuration is; problems never repeat it. */
export function secretSchema({ env, readFile }: SecretSources): Secret {
  const given = z.union(
    [z.string().min(1).max(8192), z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })],
    { error: 'must be a text, {"env": NAME} or {"file": PATH}' },
  )
  return given.transform((secret, context) => {
    if (typeof secret === 'string') return secret
    const text = 'env' in secret ? env[secret.env] : read(readFile, secret.file)
    if (text !== undefined && text !== '') return text
    const message =
      'env' in secret ? `the environment variable ${secret.env} is not set` : `the file ${secret.file} cannot be read`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

function read(readFile: SecretSources['readFile'], path: string): string | undefined {
  try {
    return readFile(path).replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}
