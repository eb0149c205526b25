/** JSON indented, anything else (and JSON that the log cut off) as it came. */
export function prettyBody(body: string): string {
  const start = body.trimStart().charAt(0)
  if (start !== '{' && start !== '[') return body
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
