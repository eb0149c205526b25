import { parseJson, SluiceError, type ApiVersion, type TextFormat } from '@sluice/model'

/** A JSON object whose members are not looked at yet; those that are not named are ignored (API v2). */
export type Input<Name extends string> = { readonly [Member in Name]?: unknown }

/**
 * Reads a body as a JSON object.
 * @throws {SluiceError} `invalid`: not JSON, or `JSON doesn't appear to be a hash` (API v2's words)
 */
export function parseHash(body: string | Body): object {
  return asHash(parseJson(typeof body === 'string' ? body : body.text))
}

export function asHash(document: unknown): object {
  if (isHash(document)) return document
  throw parserError("JSON doesn't appear to be a hash")
}

export function isHash(document: unknown): document is object {
  return typeof document === 'object' && document !== null && !Array.isArray(document)
}

/** A list member that may be missing. `null` counts as missing, as everywhere in API v2. */
export function listOf(input: unknown, name: string): readonly unknown[] | undefined {
  if (input === undefined || input === null) return undefined
  if (Array.isArray(input)) return input
  throw parserError(`"${name}" must be an array`)
}

export function parserError(message: string): SluiceError {
  return new SluiceError('invalid', message, { title: 'JSON Parser Error' })
}

export type Body = { text: string; format: TextFormat; version: ApiVersion }

export function bodyFormat(
  _text: string,
  asked: { extension: TextFormat | null; accept: TextFormat | null },
): TextFormat {
  return asked.extension ?? 'json'
}
