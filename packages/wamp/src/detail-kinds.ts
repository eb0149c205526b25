import { ProtocolError } from './errors.ts'
import { isId } from './ids.ts'
import type { Dict } from './payload.ts'

/** What a value under a predefined key must be. A list names the only strings there are. */
export type DetailKind = 'boolean' | 'string' | 'id' | 'ids' | 'strings' | 'dicts' | 'encryption' | readonly string[]
/** Predefined keys of one kind of dict. Keys that are not here "MUST be ignored" (Basic Profile, "Messages"). */
export type DetailKinds = ReadonlyMap<string, DetailKind>

const MATCH: DetailKind = ['exact', 'prefix', 'wildcard']

/** What Autobahn adds to messages with a payload; routers of ours pass it on. */
const PASSED_ON: readonly (readonly [string, DetailKind])[] = [
  ['transaction_hash', 'string'],
  ['forward_for', 'dicts'],
  ['enc_algo', 'encryption'],
  ['enc_key', 'string'],
  ['enc_serializer', 'string'],
]

export const PUBLISH_OPTIONS: DetailKinds = new Map([
  ...PASSED_ON,
  ['acknowledge', 'boolean'],
  ['exclude_me', 'boolean'],
  ['exclude', 'ids'],
  ['exclude_authid', 'strings'],
  ['exclude_authrole', 'strings'],
  ['eligible', 'ids'],
  ['eligible_authid', 'strings'],
  ['eligible_authrole', 'strings'],
  ['disclose_me', 'boolean'],
  ['retain', 'boolean'],
])

export const SUBSCRIBE_OPTIONS: DetailKinds = new Map<string, DetailKind>([
  ['match', MATCH],
  ['get_retained', 'boolean'],
  ['forward_for', 'dicts'],
])

export const EVENT_DETAILS: DetailKinds = new Map([
  ...PASSED_ON,
  ['publisher', 'id'],
  ['publisher_authid', 'string'],
  ['publisher_authrole', 'string'],
  ['topic', 'string'],
  ['retained', 'boolean'],
  ['x_acknowledged_delivery', 'boolean'],
])

export const CALL_OPTIONS: DetailKinds = new Map([
  ...PASSED_ON,
  ['receive_progress', 'boolean'],
  ['progress', 'boolean'],
  ['disclose_me', 'boolean'],
])

export const RESULT_DETAILS: DetailKinds = new Map([...PASSED_ON, ['progress', 'boolean']])

export const REGISTER_OPTIONS: DetailKinds = new Map<string, DetailKind>([
  ['match', MATCH],
  ['disclose_caller', 'boolean'],
  ['forward_timeout', 'boolean'],
  ['force_reregister', 'boolean'],
  ['forward_for', 'dicts'],
])

/** Requires that predefined keys say what they may. @throws {ProtocolError} which one does not */
export function checkDetails(kinds: DetailKinds, name: string, details: Dict): void {
  for (const key in details) {
    const kind = kinds.get(key)
    if (kind !== undefined && !isOfKind(kind, details[key])) throw new ProtocolError(`${name}: bad value for ${key}`)
  }
}

function isOfKind(kind: DetailKind, value: unknown): boolean {
  switch (kind) {
    case 'boolean':
    case 'string':
      return typeof value === kind
    case 'id':
      return isId(value)
    case 'ids':
      return Array.isArray(value) && value.every(isId)
    case 'strings':
      return Array.isArray(value) && value.every(isString)
    case 'dicts':
      return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)
    case 'encryption':
      return isString(value) && /^(cryptobox|mqtt|xbr|x_[0-9a-z_]*)$/.test(value)
    default:
      return isString(value) && kind.includes(value)
  }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
