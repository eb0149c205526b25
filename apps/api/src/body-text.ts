import type { Body } from '@sluice/formats'

/** A body, already known to be UTF-8, as text; a byte order mark, which JSON does not know, is removed. */
export function bodyText(body: Buffer): string {
  const text = body.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** The same as the JSON of API v2. */
export const jsonBody = (body: Buffer): Body => ({ text: bodyText(body), format: 'json', version: 'v2' })
