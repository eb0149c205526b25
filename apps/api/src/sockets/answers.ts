import type { ErrorDocument } from '@sluice/model'
import type { Reply } from '../answer.ts'
import type { Echo } from './messages.ts'

/** What HTTP says where API v2's sockets say `You are not authorized`. */
const NOT_PERMITTED = 'You do not have permission to access this resource'
const NOT_AUTHORIZED = 'You are not authorized'

/**
 * The answer to a request (API v2, sockets): `{token, resource, status, headers, body}`. A JSON document is the body as
 * it is, any other text is a string, a picture a string of Base64; an empty body is left out.
 */
export function answerText({ token, resource }: Echo, reply: Reply): string {
  const { status, body, contentType, headers } = reply
  if (status >= 400) return refusalText({ token, resource }, { status, body: sentenceOf(reply), headers })
  const members = token === null ? '' : `"token":${token},`
  const head = `{${members}"resource":${resource},"status":${status},"headers":${headersText(contentType, headers)}`
  return body.length === 0 ? `${head}}` : `${head},"body":${bodyText(body, contentType)}}`
}

/** The answer to a request to subscribe or no longer to: `{resource, token, status}`. */
export const doneText = ({ token, resource }: Echo): string =>
  `{"resource":${resource}${token === null ? '' : `,"token":${token}`},"status":200}`

/**
 * What a subscriber is sent after a change. There is no status: clients take a message that has one for an answer
 * (XivelyObjectiveC), and the resource is what they subscribed to, to the byte (xively-js).
 * @param document JSON text
 */
export const pushText = ({ token, resource }: Echo, document: string): string =>
  `{"body":${document},"resource":${resource}${token === null ? '' : `,"token":${token}`}}`

export type Refused = { status: number; body: string; headers?: readonly string[] }

/** `{body, resource, token, status}`; what is not known of the request is left out. */
export function refusalText({ token, resource }: Echo, { status, body, headers = [] }: Refused): string {
  let text = `{"body":${JSON.stringify(body)}`
  if (resource !== null) text += `,"resource":${resource}`
  if (token !== null) text += `,"token":${token}`
  if (headers.length > 0) text += `,"headers":${headersText(null, headers)}`
  return `${text},"status":${status}}`
}

export const FORBIDDEN: Refused = { status: 403, body: `Forbidden: ${NOT_AUTHORIZED}` }
export const GONE: Refused = { status: 404, body: 'Not found: There is nothing here, or no longer' }
export const syntaxError = (why: string): Refused => ({ status: 400, body: `Syntax Error: ${why}` })

/** What a refusal says, in a line: `Title: sentence`. */
function sentenceOf({ status, body, contentType }: Reply): string {
  if (typeof body !== 'string' || !isJson(contentType)) return body.toString()
  const { title, errors } = JSON.parse(body) as ErrorDocument
  const why = Array.isArray(errors) ? errors.join('; ') : errors
  return `${title}: ${status === 403 && why === NOT_PERMITTED ? NOT_AUTHORIZED : why}`
}

/** Names as the original service wrote them: `CONTENT_TYPE`. */
function headersText(contentType: string | null, headers: readonly string[]): string {
  const named: Record<string, string> = contentType === null ? {} : { CONTENT_TYPE: contentType }
  for (let index = 0; index + 1 < headers.length; index += 2) {
    named[(headers[index] ?? '').toUpperCase().replaceAll('-', '_')] = headers[index + 1] ?? ''
  }
  return JSON.stringify(named)
}

function bodyText(body: string | Buffer, contentType: string): string {
  if (typeof body !== 'string') return JSON.stringify(body.toString('base64'))
  if (!isJson(contentType)) return JSON.stringify(body)
  // a line end would end the message; within JSON it stands between values only
  return body.includes('\n') ? body.replaceAll(/[\r\n]/g, '') : body
}

const isJson = (contentType: string): boolean => contentType.startsWith('application/json')
