/** A body, already known to be UTF-8, as text; a byte order mark, which JSON does not know, is removed. */
export function bodyText(body: Buffer): string {
  const text = body.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
