import { parseJson, SluiceError } from '@sluice/model'
import { memberTexts } from './member-texts.ts'

/** Bytes of a message; API v2 states no limit. */
export const MESSAGE_BYTES_MAX = 64 * 1024
const TOKEN_CHARS_MAX = 255
/** The request log keeps so much of a path. */
const RESOURCE_CHARS_MAX = 2048
const QUERY_CHARS_MAX = 4096
const HEADERS_MAX = 100

/** The HTTP methods are answered as over HTTP, also those that no resource has. */
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'SUBSCRIBE', 'UNSUBSCRIBE'] as const
export type SocketMethod = (typeof METHODS)[number]

/** What is echoed, as JSON text, byte for byte; null where there was none. */
export type Echo = { resource: string | null; token: string | null }

/** One message of a client. */
export type SocketRequest = {
  method: SocketMethod
  /** as the client names it, without `/v2` */
  resource: string
  /** path and query as the routes know them */
  target: string
  /** what the request log shows as path */
  path: string
  /** lower-case names */
  headers: Record<string, string>
  /** text of the body, empty where there is none */
  body: string
  echo: Echo
}

/** A message that cannot be made a request of: API v2 answers it with 400. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem'
  readonly echo: Echo
  constructor(message: string, echo: Echo = NO_ECHO) {
    super(message)
    this.echo = echo
  }
}
const NO_ECHO: Echo = { resource: null, token: null }

/**
 * Reads one message: `{method, resource, headers, params, body, token}` (API v2, sockets). `parameters` is what
 * txPachube says for `params`; its body is a string that contains the body.
 * @throws {SyntaxProblem} what is wrong, with what can be echoed already
 */
export function parseMessage(text: string): SocketRequest {
  const document = parse(text)
  if (!isHash(document)) throw new SyntaxProblem('a message is a JSON object')
  const texts = memberTexts(text)
  const { method, resource, headers, params, parameters, body, token } = document
  const echo: Echo = { resource: null, token: echoedToken(token, texts.get('token')) }
  if (typeof resource !== 'string' || !isAddress(resource)) {
    const limit = `of 1 to ${RESOURCE_CHARS_MAX} characters, none of them a control character`
    throw new SyntaxProblem(`resource must be a string ${limit}`, echo)
  }
  echo.resource = texts.get('resource') ?? JSON.stringify(resource)
  const query = queryOf(params ?? parameters, echo)
  const path = query === '' ? resource : `${resource}${resource.includes('?') ? '&' : '?'}${query}`
  return {
    method: methodOf(method, echo),
    resource,
    target: targetOf(path),
    path,
    headers: headersOf(headers, echo),
    body: bodyOf(body, texts.get('body'), echo),
    echo,
  }
}

/** The same for a WebSocket frame: pachube_graph_library forgets the last brace, so it is tried again with one. */
export function parseFrame(text: string): SocketRequest {
  try {
    return parseMessage(text)
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem) || problem.echo !== NO_ECHO) throw problem
    try {
      return parseMessage(`${text}}`)
    } catch (second) {
      // one that can be read with the brace has another fault, which is the one to tell of
      throw second instanceof SyntaxProblem && second.echo !== NO_ECHO ? second : problem
    }
  }
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    throw new SyntaxProblem(error.message.replace(/^parse error: /, ''))
  }
}

const isHash = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function echoedToken(token: unknown, text: string | undefined): string | null {
  if (text === undefined) return null
  if (typeof token === 'object' && token !== null) {
    throw new SyntaxProblem('token must be a string, a number, true, false or null')
  }
  const length = typeof token === 'string' ? token.length : text.length
  if (length > TOKEN_CHARS_MAX) throw new SyntaxProblem(`token has more than ${TOKEN_CHARS_MAX} characters`)
  return text
}

function methodOf(method: unknown, echo: Echo): SocketMethod {
  const given = typeof method === 'string' ? method.toUpperCase() : null
  const known = METHODS.find((name) => name === given)
  if (!known) throw new SyntaxProblem('method must be get, put, post, delete, subscribe or unsubscribe', echo)
  return known
}

const isAddress = (text: string): boolean =>
  text !== '' && text.length <= RESOURCE_CHARS_MAX && !/\p{Cc}/u.test(text) && text.isWellFormed()

const HAS_VERSION = /^(?:https?:\/\/|\/(?:v[12]\/|api[/.]))/i

/** API v2 leaves `/v2` out; with it, below `/v1` or as a whole URL it is served, too. */
function targetOf(path: string): string {
  if (HAS_VERSION.test(path)) return path
  return `/v2${path.startsWith('/') ? '' : '/'}${path}`
}

/** @returns without a question mark */
function queryOf(params: unknown, echo: Echo): string {
  if (params === undefined || params === null) return ''
  if (!isHash(params)) throw new SyntaxProblem('params must be an object', echo)
  const pairs: string[] = []
  for (const [name, value] of Object.entries(params)) {
    const text =
      Array.isArray(value) && value.every(isScalar) ? value.join(',') : isScalar(value) ? String(value) : null
    if (text === null)
      throw new SyntaxProblem(`params.${name.slice(0, 50)} must be a string, a number or a boolean`, echo)
    if (value !== null)
      pairs.push(`${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`)
  }
  const query = pairs.join('&')
  if (query.length > QUERY_CHARS_MAX)
    throw new SyntaxProblem(`params have more than ${QUERY_CHARS_MAX} characters`, echo)
  return query
}

const isScalar = (value: unknown): value is string | number | boolean | null =>
  typeof value !== 'object' || value === null

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]{1,63}$/
/** What no header of HTTP holds. */
const NOT_IN_HEADERS = /[^\t\u{20}-\u{7e}\u{80}-\u{ff}]/gu

/**
 * Headers as HTTP would have them. Cookies are left out: every message brings its key, so a page of another site has
 * nothing to borrow from its visitor.
 */
function headersOf(headers: unknown, echo: Echo): Record<string, string> {
  const named: Record<string, string> = {}
  if (headers === undefined || headers === null) return named
  if (!isHash(headers)) throw new SyntaxProblem('headers must be an object', echo)
  const entries = Object.entries(headers)
  if (entries.length > HEADERS_MAX) throw new SyntaxProblem(`there are more than ${HEADERS_MAX} headers`, echo)
  for (const [name, value] of entries) {
    const lower = name.toLowerCase()
    if (!HEADER_NAME.test(lower) || !isScalar(value) || value === null || lower === 'cookie') continue
    const text = String(value).replaceAll(NOT_IN_HEADERS, '?')
    if (Object.hasOwn(named, lower) && named[lower] !== text) {
      throw new SyntaxProblem(`header ${lower} is given twice, with two values`, echo)
    }
    named[lower] = text
  }
  return named
}

/** A string is the body itself (txPachube, and CSV or XML); anything else is passed on as it was written. */
function bodyOf(body: unknown, text: string | undefined, echo: Echo): string {
  if (body === undefined || body === null) return ''
  if (typeof body !== 'string') return text ?? JSON.stringify(body)
  // half of a character would become another one on its way
  if (!body.isWellFormed()) throw new SyntaxProblem('body is not valid Unicode', echo)
  return body
}
