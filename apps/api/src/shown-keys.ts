const HEADERS = ['x-apikey', 'x-pachubeapikey', 'x-cosmapikey']

/**
 * The API keys that a request shows: in `X-ApiKey` or its two older names, as Basic user, as Bearer token, as `?key=`
 * (API v2, Authentication). Where they are several, none of them counts.
 * @param header by lower-case name
 */
export function shownKeys(
  header: (name: string) => string | string[] | undefined,
  queryKey: string | undefined,
): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const name of HEADERS) {
    const value = header(name)
    if (typeof value === 'string') keys.add(value.trim())
  }
  if (queryKey !== undefined) keys.add(queryKey.trim())
  const authorization = header('authorization')
  const authorized = typeof authorization === 'string' ? keyInAuthorization(authorization) : null
  if (authorized !== null) keys.add(authorized)
  return keys
}

function keyInAuthorization(text: string): string | null {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(text) ?? []
  if (scheme.toLowerCase() === 'bearer') return rest
  if (scheme.toLowerCase() !== 'basic') return null
  return Buffer.from(rest, 'base64').toString('latin1').split(':', 1)[0] ?? null
}
