import type { ApiVersion, Format } from '@sluice/model'

/** A request target as the routes know it, the format that its extension asked for, and the layout. */
export type Target = { url: string; format: Format | null; version: ApiVersion }

const EXTENSION = /\.(json|xml|csv|png)$/
/** libxively puts the extension behind the last time of a range (`…?start=…Z&end=…Z.csv`). */
const GLUED_TO_TIME = /(?:^|&)(?:start|end|time|duration)=[^&]*\.(json|xml|csv)$/
/** `/api/504.xml`, and `/api.xml` for creating: where Pachube's feeds were before there were versions. */
const UNVERSIONED = /^\/api(\/\d{1,15})?(\.(?:json|xml|csv))?$/
/** Where pages of that time have their graphs from. */
const GRAPH = /^\/feeds\/(\d{1,15})\/datastreams\/([^/]+)\/history(\.png)$/
/** Where Pachube's provisioning sketches ask. */
const ACTIVATE = /^\/activate\/([^/]+?)(\.(?:json|csv))?$/

/**
 * Irons out the spellings of API v2 clients: `/api/v2` for `/v2`, a trailing slash, an extension on the last segment or
 * glued to the last time in the query, the absolute form that proxies send. `/v1/…` and `/api/504.xml` are the same
 * resources in the older layout, `/activate/CODE.csv` is an activation. Paths outside of these keep their extension.
 */
export function normaliseTarget(url: string): Target {
  const mark = url.indexOf('?')
  let path = mark < 0 ? url : url.slice(0, mark)
  let query = mark < 0 ? '' : url.slice(mark)
  let version: ApiVersion = 'v2'
  if (!path.startsWith('/v2/')) {
    const older = olderPath(path)
    path = older.path
    version = older.version
  } else if (path.endsWith('/')) path = path.slice(0, -1)
  if (!path.startsWith('/v2/')) return { url: path + query, format: null, version }

  let format = formatOf(EXTENSION.exec(path)?.[1])
  if (format) path = path.slice(0, -format.length - 1)
  else if (query !== '') {
    format = formatOf(GLUED_TO_TIME.exec(query.slice(1))?.[1])
    if (format) query = query.slice(0, -format.length - 1)
  }
  return { url: path + query, format, version }
}

function olderPath(written: string): { path: string; version: ApiVersion } {
  let path = written.startsWith('/') ? written : withoutAuthority(written)
  if (path.startsWith('/api/v2') || path.startsWith('/api/v1')) path = path.slice('/api'.length)
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
  if (path.startsWith('/v1/')) return { path: `/v2/${path.slice('/v1/'.length)}`, version: 'v1' }
  const [unversioned, id = '', extension = ''] = UNVERSIONED.exec(path) ?? []
  if (unversioned !== undefined) return { path: `/v2/feeds${id}${extension}`, version: 'v1' }
  const [, code, format = ''] = ACTIVATE.exec(path) ?? []
  if (code !== undefined) return { path: `/v2/devices/${code}/activate${format}`, version: 'v2' }
  const [, feedId, datastreamId, png = ''] = GRAPH.exec(path) ?? []
  if (feedId !== undefined) return { path: `/v2/feeds/${feedId}/datastreams/${datastreamId}${png}`, version: 'v2' }
  return { path, version: 'v2' }
}

function formatOf(extension: string | undefined): Format | null {
  return extension === 'json' || extension === 'xml' || extension === 'csv' || extension === 'png' ? extension : null
}

function withoutAuthority(path: string): string {
  const match = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path)
  return match ? (match[1] ?? '/') : path
}

const MEDIA_TYPES: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'text/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/csv': 'csv',
  'image/png': 'png',
}

/**
 * The format that an `Accept` header asks for (RFC 9110 §12.5.1): the known type with the highest weight, the first of
 * equal ones.
 * @returns null where it names none, and for browsers (`text/html`), which would get XML otherwise
 */
export function acceptedFormat(accept: string | undefined): Format | null {
  if (accept === undefined || accept === '*/*' || accept.length > ACCEPT_CHARS_MAX) return null
  let best: Format | null = null
  let bestWeight = 0
  for (const entry of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
    if (type === 'text/html') return null
    const format = MEDIA_TYPES[type]
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = q === undefined ? 1 : Number(q.slice(2))
    if (format === undefined || !(weight > bestWeight)) continue
    best = format
    bestWeight = weight
  }
  return best
}
const ACCEPT_CHARS_MAX = 1024

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
