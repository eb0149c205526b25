import type { RequestEntry } from '@sluice/model'

/** What to change so that a refused request is accepted, in a sentence or two. Null for one that was not refused. */
export function refusalAdvice(entry: Pick<RequestEntry, 'status' | 'method' | 'key_label' | 'path'>): string | null {
  const { status, method, key_label, path } = entry
  if (status < 400) return null
  if (status === 401) {
    return key_label === null
      ? 'No key, or one that does not exist. Send the key of this device in the header X-ApiKey, all 48 characters of it.'
      : `The key “${key_label}” is refused: it has expired, or its device is deactivated.`
  }
  if (status === 403) {
    return `The key “${key_label ?? 'used'}” may not ${method} here. Give it the method, or this feed, on the tab API keys.`
  }
  if (status === 404) {
    return /\/datastreams\/[^/]+$/.test(path.split('?')[0] ?? '')
      ? 'The channel does not exist yet. Write to the feed itself, as the snippets do: that makes the channel.'
      : 'The address is wrong, or the key may not see this feed. Compare it with the API endpoint of this device.'
  }
  if (status === 400) return 'The body cannot be read. Compare it with the snippet: a missing quote or brace is enough.'
  if (status === 413) return 'The body is too large. Send fewer values in one request.'
  if (status === 422) return 'The body was read, but something in it is not allowed. The answer names the field.'
  if (status === 429) return 'Too many requests at once. Wait as long as Retry-After says.'
  if (status >= 500) return 'The server had trouble, nothing was stored. Sending it again is safe.'
  return 'The server refused the request. Its answer says why.'
}

/** The server's own words in an error answer, where it has some. */
export function refusalWords(responseBody: string): string | null {
  try {
    const parsed: unknown = JSON.parse(responseBody)
    if (typeof parsed !== 'object' || parsed === null || !('errors' in parsed)) return null
    const errors: unknown = parsed.errors
    if (typeof errors === 'string') return errors
    return Array.isArray(errors) ? errors.filter((entry) => typeof entry === 'string').join('; ') : null
  } catch {
    return null
  }
}
