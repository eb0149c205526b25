import {
  CALL_OPTIONS,
  type DetailKinds,
  EVENT_DETAILS,
  PUBLISH_OPTIONS,
  REGISTER_OPTIONS,
  RESULT_DETAILS,
  SUBSCRIBE_OPTIONS,
  checkDetails,
} from './detail-kinds.ts'
import { ProtocolError } from './errors.ts'
import { isId } from './ids.ts'
import { type Dict, NO_ENTRIES, type Payload } from './payload.ts'

/** Message codes of the Basic and Advanced Profile, and EVENT_RECEIVED, which Autobahn sends on request. */
export const TYPE = {
  HELLO: 1,
  WELCOME: 2,
  ABORT: 3,
  CHALLENGE: 4,
  AUTHENTICATE: 5,
  GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16,
  PUBLISHED: 17,
  SUBSCRIBE: 32,
  SUBSCRIBED: 33,
  UNSUBSCRIBE: 34,
  UNSUBSCRIBED: 35,
  EVENT: 36,
  CALL: 48,
  CANCEL: 49,
  RESULT: 50,
  REGISTER: 64,
  REGISTERED: 65,
  UNREGISTER: 66,
  UNREGISTERED: 67,
  INVOCATION: 68,
  INTERRUPT: 69,
  YIELD: 70,
  EVENT_RECEIVED: 337,
} as const
export type MessageType = (typeof TYPE)[keyof typeof TYPE]

export type Hello = readonly [type: 1, realm: string, details: Dict]
export type Welcome = readonly [type: 2, session: number, details: Dict]
export type Abort = readonly [type: 3, details: Dict, reason: string, payload: Payload]
export type Challenge = readonly [type: 4, method: string, extra: Dict]
export type Authenticate = readonly [type: 5, signature: string, extra: Dict]
export type Goodbye = readonly [type: 6, details: Dict, reason: string]
export type ErrorMessage = readonly [
  type: 8,
  requestType: number,
  request: number,
  details: Dict,
  uri: string,
  payload: Payload,
]
export type Publish = readonly [type: 16, request: number, options: Dict, topic: string, payload: Payload]
export type Published = readonly [type: 17, request: number, publication: number]
export type Subscribe = readonly [type: 32, request: number, options: Dict, topic: string]
export type Subscribed = readonly [type: 33, request: number, subscription: number]
export type Unsubscribe = readonly [type: 34, request: number, subscription: number, options?: Dict]
export type Unsubscribed = readonly [type: 35, request: number, details?: Dict]
export type Event = readonly [type: 36, subscription: number, publication: number, details: Dict, payload: Payload]
export type Call = readonly [type: 48, request: number, options: Dict, procedure: string, payload: Payload]
export type Cancel = readonly [type: 49, request: number, options: Dict]
export type ResultMessage = readonly [type: 50, request: number, details: Dict, payload: Payload]
export type Register = readonly [type: 64, request: number, options: Dict, procedure: string]
export type Registered = readonly [type: 65, request: number, registration: number]
export type Unregister = readonly [type: 66, request: number, registration: number, options?: Dict]
export type Unregistered = readonly [type: 67, request: number, details?: Dict]
export type Invocation = readonly [type: 68, request: number, registration: number, details: Dict, payload: Payload]
export type Interrupt = readonly [type: 69, request: number, options: Dict]
export type Yield = readonly [type: 70, request: number, options: Dict, payload: Payload]
export type EventReceived = readonly [type: 337, publication: number]

export type Message =
  | Hello
  | Welcome
  | Abort
  | Challenge
  | Authenticate
  | Goodbye
  | ErrorMessage
  | Publish
  | Published
  | Subscribe
  | Subscribed
  | Unsubscribe
  | Unsubscribed
  | Event
  | Call
  | Cancel
  | ResultMessage
  | Register
  | Registered
  | Unregister
  | Unregistered
  | Invocation
  | Interrupt
  | Yield
  | EventReceived

/** `id0` is an id or 0, which revocations use as request. */
export type FieldKind = 'id' | 'id0' | 'type' | 'string' | 'uri' | 'dict'

export interface MessageShape {
  readonly name: keyof typeof TYPE
  readonly fields: readonly FieldKind[]
  /** One more dict that may follow: Autobahn appends options to UNSUBSCRIBE, revocations append details. */
  readonly trailingDict?: true
  /** Whether Arguments and ArgumentsKw may follow. */
  readonly payload?: true
  /** What the predefined keys of its dict may say. */
  readonly details?: DetailKinds
}

/** The one description of every message, by type code: it drives decoding, validation and encoding of all formats. */
export const MESSAGE_SHAPES: ReadonlyMap<number, MessageShape> = new Map<MessageType, MessageShape>([
  [TYPE.HELLO, { name: 'HELLO', fields: ['uri', 'dict'] }],
  [TYPE.WELCOME, { name: 'WELCOME', fields: ['id', 'dict'] }],
  [TYPE.ABORT, { name: 'ABORT', fields: ['dict', 'uri'], payload: true }],
  [TYPE.CHALLENGE, { name: 'CHALLENGE', fields: ['string', 'dict'] }],
  [TYPE.AUTHENTICATE, { name: 'AUTHENTICATE', fields: ['string', 'dict'] }],
  [TYPE.GOODBYE, { name: 'GOODBYE', fields: ['dict', 'uri'] }],
  [TYPE.ERROR, { name: 'ERROR', fields: ['type', 'id', 'dict', 'uri'], payload: true }],
  [TYPE.PUBLISH, { name: 'PUBLISH', fields: ['id', 'dict', 'uri'], payload: true, details: PUBLISH_OPTIONS }],
  [TYPE.PUBLISHED, { name: 'PUBLISHED', fields: ['id', 'id'] }],
  [TYPE.SUBSCRIBE, { name: 'SUBSCRIBE', fields: ['id', 'dict', 'uri'], details: SUBSCRIBE_OPTIONS }],
  [TYPE.SUBSCRIBED, { name: 'SUBSCRIBED', fields: ['id', 'id'] }],
  [TYPE.UNSUBSCRIBE, { name: 'UNSUBSCRIBE', fields: ['id', 'id'], trailingDict: true }],
  [TYPE.UNSUBSCRIBED, { name: 'UNSUBSCRIBED', fields: ['id0'], trailingDict: true }],
  [TYPE.EVENT, { name: 'EVENT', fields: ['id', 'id', 'dict'], payload: true, details: EVENT_DETAILS }],
  [TYPE.CALL, { name: 'CALL', fields: ['id', 'dict', 'uri'], payload: true, details: CALL_OPTIONS }],
  [TYPE.CANCEL, { name: 'CANCEL', fields: ['id', 'dict'] }],
  [TYPE.RESULT, { name: 'RESULT', fields: ['id', 'dict'], payload: true, details: RESULT_DETAILS }],
  [TYPE.REGISTER, { name: 'REGISTER', fields: ['id', 'dict', 'uri'], details: REGISTER_OPTIONS }],
  [TYPE.REGISTERED, { name: 'REGISTERED', fields: ['id', 'id'] }],
  [TYPE.UNREGISTER, { name: 'UNREGISTER', fields: ['id', 'id'], trailingDict: true }],
  [TYPE.UNREGISTERED, { name: 'UNREGISTERED', fields: ['id0'], trailingDict: true }],
  [TYPE.INVOCATION, { name: 'INVOCATION', fields: ['id', 'id', 'dict'], payload: true, details: CALL_OPTIONS }],
  [TYPE.INTERRUPT, { name: 'INTERRUPT', fields: ['id', 'dict'] }],
  [TYPE.YIELD, { name: 'YIELD', fields: ['id', 'dict'], payload: true, details: RESULT_DETAILS }],
  [TYPE.EVENT_RECEIVED, { name: 'EVENT_RECEIVED', fields: ['id'] }],
])

/**
 * What a format brings to decode a message: a cursor over the elements of the outer array. Each method consumes one
 * element and throws ProtocolError when it is of another kind or malformed.
 */
export interface HeadReader {
  /** Whether another element follows. */
  more(): boolean
  number(): number
  string(): string
  /** As string, for what comes again and again: a format may keep it. Secrets never come this way. */
  uri(): string
  dict(): Dict
  /**
   * Validates what is left as Arguments and ArgumentsKw, both optional, without decoding it.
   * @param isOpaqueTaken whether one string or bytes may stand in their place
   */
  payload(isOpaqueTaken: boolean): Payload
  /** Requires that the array and the input end here. */
  end(): void
}

/** Largest code of a message (wamp-proto, "Extension Messages"). */
const TYPE_MAX = 1023

/** Reads one message through `reader`, driven by the table. @throws {ProtocolError} anything but a legal message */
export function readMessage(reader: HeadReader): Message {
  if (!reader.more()) throw new ProtocolError('a message must not be an empty list')
  const type = reader.number()
  const shape = SHAPES[type]
  if (shape === undefined) throw new ProtocolError(`message type ${type} does not exist`)
  const { fields, name } = shape
  const message = slots(1 + fields.length + (shape.payload ? 1 : 0))
  message[0] = type
  let details = NO_ENTRIES
  for (let i = 0; i < fields.length; i += 1) {
    if (!reader.more()) throw new ProtocolError(`${name} is too short`)
    const kind = fields[i]
    if (kind === 'uri') message[i + 1] = reader.uri()
    else if (kind === 'dict') message[i + 1] = details = reader.dict()
    else if (kind === 'string') message[i + 1] = reader.string()
    else message[i + 1] = readId(reader, kind, name)
  }
  if (details !== NO_ENTRIES && shape.details !== undefined) checkDetails(shape.details, name, details)
  if (shape.trailingDict && reader.more()) message.push(reader.dict())
  // "payload transparency" of Autobahn, from before the specification had payload passthru
  if (shape.payload) message[fields.length + 1] = reader.payload(details['enc_algo'] !== undefined)
  reader.end()
  return message as unknown as Message
}

/** The table by type code, for look-up without hashing. */
const SHAPES: readonly (MessageShape | undefined)[] = Array.from({ length: TYPE.EVENT_RECEIVED + 1 }, (_, type) =>
  MESSAGE_SHAPES.get(type),
)

/** A list with room for so many elements and no more: one that grows would have room for seventeen. */
function slots(count: number): unknown[] {
  if (count === 5) return [null, null, null, null, null]
  if (count === 4) return [null, null, null, null]
  if (count === 3) return [null, null, null]
  return Array.from({ length: count }, () => null)
}

function readId(reader: HeadReader, kind: FieldKind | undefined, name: string): number {
  const value = reader.number()
  if (isId(value) ? kind !== 'type' || value <= TYPE_MAX : value === 0 && kind === 'id0') return value
  throw new ProtocolError(`${name}: ${value} is not ${kind === 'type' ? 'a message type' : 'an id'}`)
}
