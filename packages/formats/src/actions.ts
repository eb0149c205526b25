import { ACTION_KINDS, LIMITS, type Action, type ActionKind } from '@sluice/model'
import { isHash, type Input } from './body.ts'
import { readDatastreamId } from './datastreams.ts'
import type { Problems } from './problems.ts'
import { isLongerThan, isMissing, readValue, readWord, tooLong } from './scalars.ts'

type ActionInput = Input<
  'kind' | 'url' | 'format' | 'topic' | 'procedure' | 'feed_id' | 'datastream_id' | 'value' | 'to'
>

/** RFC 5321 §4.5.3.1.3, less the angle brackets. */
const EMAIL_CHARS_MAX = 254
/** No display name, no comment, no list: one address, and nothing that could become a header. */
const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[^\s@"(),:;<>[\]\\.]+(?:\.[^\s@"(),:;<>[\]\\.]+)*$/
/** Its form alone: ASCII (RFC 3986), because a name in other letters may be read in several ways. */
const HTTP_URL = /^https?:\/\/([!-~]+?)(?:[/?#][!-~]*)?$/i
const WAMP_URI = /^[^\s.#]+(?:\.[^\s.#]+)*$/
/** Names of the platform (`sluice`) and of the protocol (`wamp`). */
const RESERVED_URI = /^(?:sluice|wamp)(?:\.|$)/
const FORMATS = ['form', 'json'] as const

/** Reads `action`. @returns undefined where something is wrong, which is then among the problems */
export function readAction(input: unknown, problems: Problems): Action | undefined {
  if (!isHash(input)) {
    problems.push('action must be an object')
    return undefined
  }
  const action: ActionInput = input
  const kind = ACTION_KINDS.find((known) => known === action.kind)
  if (kind) return readByKind(kind, action, problems) ?? undefined
  problems.push(
    isMissing(action.kind)
      ? "action.kind can't be blank"
      : `action.kind is not valid (pick one from ${ACTION_KINDS.join(', ')})`,
  )
  return undefined
}

function readByKind(kind: ActionKind, action: ActionInput, problems: Problems): Action | null {
  switch (kind) {
    case 'http': {
      const url = readTargetUrl(action.url, 'action.url', problems)
      const format = readWord(action.format, FORMATS, 'action.format', problems) ?? 'json'
      return url === undefined ? null : { kind, url, format }
    }
    case 'publish': {
      const topic = readUri(action.topic, 'action.topic', problems)
      return topic === undefined ? null : { kind, topic }
    }
    case 'call': {
      const procedure = readUri(action.procedure, 'action.procedure', problems)
      return procedure === undefined ? null : { kind, procedure }
    }
    case 'datapoint':
      return readDatapointAction(action, problems)
    case 'email':
      break
  }
  const to = readAddress(action.to, 'action.to', EMAIL_CHARS_MAX, problems)
  if (to !== undefined && EMAIL.test(to)) return { kind, to }
  if (to !== undefined) problems.push('action.to is not an e-mail address')
  return null
}

/**
 * A target of HTTP deliveries: http or https, without user name or password. Where it may lead is the egress rules'
 * question.
 */
export function readTargetUrl(input: unknown, name: string, problems: Problems): string | undefined {
  const text = readAddress(input, name, LIMITS.urlCharsMax, problems)
  if (text === undefined) return undefined
  const [, authority] = HTTP_URL.exec(text) ?? []
  if (authority === undefined || text.includes('\\')) problems.push(`${name} is not an http or https URL`)
  else if (authority.includes('@')) {
    problems.push(`${name} can't have a user name or password in it`)
  } else return text
  return undefined
}

/** A WAMP URI of the account's own programs (loose rules). */
function readUri(input: unknown, name: string, problems: Problems): string | undefined {
  const uri = readAddress(input, name, LIMITS.labelCharsMax, problems)
  if (uri === undefined) return undefined
  if (!WAMP_URI.test(uri)) problems.push(`${name} is not a WAMP URI`)
  else if (RESERVED_URI.test(uri))
    problems.push(`${name} is reserved: names under sluice. and wamp. belong to the platform`)
  else return uri
  return undefined
}

function readDatapointAction(action: ActionInput, problems: Problems): Action | null {
  const before = problems.length
  const feedId = readFeedId(action.feed_id, 'action.feed_id', problems)
  const datastreamId = readDatastreamId(action.datastream_id, 'action.datastream_id', { now: 0, problems })
  const value = isMissing(action.value) ? null : (readValue(action.value, 'action.value', problems) ?? null)
  if (feedId === undefined || problems.length > before) return null
  return { kind: 'datapoint', feedId, datastreamId, value }
}

/** The id of a feed, as number or text. */
export function readFeedId(input: unknown, name: string, problems: Problems): number | undefined {
  const id = typeof input === 'string' && /^\d{1,15}$/.test(input) ? Number(input) : input
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return id
  problems.push(isMissing(input) ? `${name} can't be blank` : `${name} is invalid`)
  return undefined
}

function readAddress(input: unknown, name: string, charsMax: number, problems: Problems): string | undefined {
  if (isMissing(input)) problems.push(`${name} can't be blank`)
  else if (typeof input !== 'string') problems.push(`${name} must be a string`)
  else if (isLongerThan(input, charsMax)) problems.push(tooLong(name, charsMax))
  else if (input.includes('\0') || !input.isWellFormed()) {
    problems.push(`${name} contains a NUL character or half of a character pair`)
  } else return input
  return undefined
}
