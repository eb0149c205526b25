export type Format = 'json' | 'xml' | 'csv' | 'png'

/** A request target as the routes know it, and the format that its extension asked for. */
export type Target = { url: string; format: Format | null }

const EXTENSION = /\.(json|xml|csv|png)$/
/** libxively puts the extension behind the last time of a range (`…?start=…Z&end=…Z.csv`). */
const GLUED_TO_TIME = /(?:^|&)(?:start|end|time|duration)=[^&]*\.(json|xml|csv)$/

/**
 * Irons out the spellings of API v2 clients: `/api/v2` for `/v2`, a trailing slash, an extension on the last segment or
 * glued to the last time in the query, the absolute form that proxies send. Paths outside `/v2` keep their extension.
 */
export function normaliseTarget(url: string): Target {
  const mark = url.indexOf('?')
  let path = mark < 0 ? url : url.slice(0, mark)
  let query = mark < 0 ? '' : url.slice(mark)
  if (!path.startsWith('/')) path = withoutAuthority(path)
  if (path.startsWith('/api/v2')) path = path.slice('/api'.length)
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
  if (!path.startsWith('/v2/')) return { url: path + query, format: null }

  let format = formatOf(EXTENSION.exec(path)?.[1])
  if (format) path = path.slice(0, -format.length - 1)
  else if (query !== '') {
    format = formatOf(GLUED_TO_TIME.exec(query.slice(1))?.[1])
    if (format) query = query.slice(0, -format.length - 1)
  }
  return { url: path + query, format }
}

function formatOf(extension: string | undefined): Format | null {
  return extension === 'json' || extension === 'xml' || extension === 'csv' || extension === 'png' ? extension : null
}

function withoutAuthority(path: string): string {
  const match = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path)
  return match ? (match[1] ?? '/') : path
}

const NO_QUERY: Readonly<Record<string, string>> = Object.freeze(Object.create(null))
const PARAMETERS_MAX = 100

/**
 * Query parameters without a prototype. Of a repeated one the last counts, but `datastreams`, which xively-python
 * repeats for each id, is joined with commas. A malformed escape stays as it is written.
 */
export function parseQuery(text: string): Readonly<Record<string, string>> {
  if (text === '') return NO_QUERY
  const query: Record<string, string> = Object.create(null)
  for (const pair of text.split('&', PARAMETERS_MAX)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    query[name] = name === 'datastreams' && query[name] !== undefined ? `${query[name]},${value}` : value
  }
  return query
}

/** `+` is a blank, but not in times: `2013-01-01T00:00:00+09:30` is sent unescaped by old clients. */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  const spaced = /\d\+\d\d:?\d\d$/.test(text) ? text : text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
