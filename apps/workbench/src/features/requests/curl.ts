import type { RequestEntry } from '@sluice/model'

/** set by curl itself, or belonging to the one connection that the request came on */
const OWN_HEADERS = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'expect'])
const KEY_HEADERS = new Set(['x-apikey', 'x-pachubeapikey', 'authorization', 'cookie'])
/** in place of the secret, which is neither in the log nor on a clipboard */
const PLACEHOLDER = '$SLUICE_KEY'

/** A logged request as a curl command for a POSIX shell. The key is a shell variable, never the secret. */
export function curlCommand(
  entry: Pick<RequestEntry, 'method' | 'path' | 'request_headers' | 'request_body'>,
  publicUrl: string,
): string {
  const parts = [`curl --request ${entry.method}`, `--header "X-ApiKey: ${PLACEHOLDER}"`]
  for (const [name, value] of Object.entries(entry.request_headers)) {
    const plain = name.toLowerCase()
    if (!OWN_HEADERS.has(plain) && !KEY_HEADERS.has(plain)) parts.push(`--header ${shellQuoted(`${name}: ${value}`)}`)
  }
  if (entry.request_body !== '') parts.push(`--data-binary ${shellQuoted(entry.request_body)}`)
  parts.push(shellQuoted(`${publicUrl}${withoutKey(entry.path)}`))
  return parts.join(' \\\n  ')
}

/** `?key=slc_…` goes: the header carries the key. */
function withoutKey(path: string): string {
  const [place = '', query] = path.split('?', 2)
  if (query === undefined) return place
  const kept = query.split('&').filter((pair) => !pair.startsWith('key='))
  return kept.length === 0 ? place : `${place}?${kept.join('&')}`
}

/** One word of a POSIX shell, whatever it contains. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
