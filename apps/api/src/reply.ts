import { writeRepresentation } from '@sluice/formats'
import type { Format, Representation } from '@sluice/model'
import { emptyReply, jsonReply, streamReply, textReply } from './answer.ts'
import type { Reply } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { HttpError, problemOf } from './problem.ts'
import type { Answer } from './route.ts'

const TYPES: Record<Format, string> = {
  json: 'application/json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  png: 'image/png',
}
/** Letters, digits and underscores of the name are kept (API v2, JSONP). */
const CALLBACK_CHARS_MAX = 128

/**
 * What a handler answered, in the format that was asked for.
 * @throws {HttpError} 406 where the resource has no such format
 */
export function replyOf(answer: Answer, exchange: Exchange): Reply {
  const { status, document, representation, bytes, stream } = answer
  const headers = headersOf(answer)
  if (stream) return streamReply(status, stream, headers)
  if (bytes) return { status, body: bytes, contentType: TYPES.png, headers }
  if (representation) return represent(status, representation, { exchange, headers })
  if (document === undefined) return emptyReply(status, headers)
  return wrapped(jsonReply(status, document, headers), exchange)
}

/** A refusal or a fault as API v2 prints it, in the format that was asked for. */
export function renderFailure(error: unknown, exchange: Exchange): Reply {
  const { status, document, retryAfterS } = problemOf(error, exchange.id, exchange.version)
  exchange.problem = document
  const headers = retryAfterS === null ? [] : ['Retry-After', String(retryAfterS)]
  // a missing route was answered in JSON whatever it was asked for in (API v2)
  if (error instanceof HttpError && status === 404) return jsonReply(status, document, headers)
  try {
    return represent(status, { kind: 'error', document }, { exchange, headers })
  } catch {
    // a picture cannot say what is wrong
    return jsonReply(status, document, headers)
  }
}

function headersOf({ location, headers }: Answer): string[] {
  const flat: string[] = []
  if (location !== undefined) flat.push('Location', location)
  if (headers) for (const [name, value] of Object.entries(headers)) flat.push(name, value)
  return flat
}

function represent(
  status: number,
  representation: Representation,
  { exchange, headers }: { exchange: Exchange; headers: string[] },
): Reply {
  const { format, version } = exchange
  if (format === 'json' && version === 'v2')
    return wrapped(jsonReply(status, representation.document, headers), exchange)
  const text = format === 'png' ? null : writeRepresentation(representation, { format, version })
  if (text === null) throw new HttpError(406, 'Not Acceptable', `This resource is not available as ${format}`)
  return wrapped(textReply(status, text, { contentType: TYPES[format], headers }), exchange)
}

/**
 * JSONP (API v2): `callback=fn` wraps JSON for pages that know nothing better. Not for somebody who is signed in: a page
 * of another site could have itself called with what only they may see.
 */
function wrapped(reply: Reply, { query, request, principal }: Exchange): Reply {
  const callback = query['callback']
  if (callback === undefined || request.method !== 'GET' || principal?.kind === 'owner') return reply
  if (!reply.contentType.startsWith('application/json') || typeof reply.body !== 'string') return reply
  const name = callback.replaceAll(/\W/g, '').slice(0, CALLBACK_CHARS_MAX)
  if (name === '') return reply
  // the two line ends that are legal in JSON and were not in JavaScript
  const script = reply.body.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`)
  return { ...reply, body: `${name}(${script})`, contentType: 'application/javascript; charset=utf-8' }
}
