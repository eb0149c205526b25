import { parseJson, SluiceError } from '@sluice/model'
import type { z } from 'zod'
import { bodyText } from './body-text.ts'

/**
 * A JSON body by its schema.
 * @throws {SluiceError} `invalid`, or `unprocessable` with one sentence for each member that is wrong
 */
export function parseBody<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  { body }: { body: Buffer },
): z.infer<z.ZodObject<Shape>> {
  const result = schema.safeParse(parseJson(bodyText(body)))
  if (result.success) return result.data
  throw new SluiceError(
    'unprocessable',
    result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
  )
}
