import { parseJson, SluiceError, type ApiVersion, type TextFormat } from '@sluice/model'

/** A request body: its text (already known to be valid UTF-8), the format it is to be read in, and the layout. */
export type Body = { text: string; format: TextFormat; version: ApiVersion }

/** A JSON object whose members are not looked at yet; those that are not named are ignored (API v2). */
export type Input<Name extends string> = { readonly [Member in Name]?: unknown }

const FIRST_CHARACTER = /^\s*([<{[])/

/**
 * What a body is: by the extension of the URL, else by what it evidently is, else by `Accept`, else JSON. Never by
 * `Content-Type`: clients of API v2 send JSON as a form and CSV as plain text.
 */
export function bodyFormat(
  text: string,
  { extension, accept }: { extension: TextFormat | null; accept: TextFormat | null },
): TextFormat {
  if (extension) return extension
  const [, first] = FIRST_CHARACTER.exec(text) ?? []
  if (first !== undefined) return first === '<' ? 'xml' : 'json'
  return accept ?? 'json'
}

/**
 * Reads a body as a JSON object.
 * @throws {SluiceError} `invalid`: not JSON, or `JSON doesn't appear to be a hash` (API v2's words)
 */
export function parseHash(text: string): object {
  return asHash(parseJson(text))
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
