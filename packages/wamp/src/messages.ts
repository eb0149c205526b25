import { ProtocolError } from './errors.ts'
import { isId } from './ids.ts'
import type { Dict, Payload } from './payload.ts'

/** Message codes of the Basic Profile, with CANCEL and INTERRUPT of the Advanced Profile. */
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

/** `id0` is an id or 0, which revocations use as request. */
export type FieldKind = 'id' | 'id0' | 'type' | 'string' | 'dict'

export interface MessageShape {
  readonly name: keyof typeof TYPE
  readonly fields: readonly FieldKind[]
  /** One more dict that may follow: Autobahn appends options to UNSUBSCRIBE, revocations append details. */
  readonly trailingDict?: true
  /** Whether Arguments and ArgumentsKw may follow. */
  readonly payload?: true
}

/** The one description of every message, by type code: it drives decoding, validation and encoding of all formats. */
export const MESSAGE_SHAPES: ReadonlyMap<number, MessageShape> = new Map<MessageType, MessageShape>([
  [TYPE.HELLO, { name: 'HELLO', fields: ['string', 'dict'] }],
  [TYPE.WELCOME, { name: 'WELCOME', fields: ['id', 'dict'] }],
  [TYPE.ABORT, { name: 'ABORT', fields: ['dict', 'string'], payload: true }],
  [TYPE.CHALLENGE, { name: 'CHALLENGE', fields: ['string', 'dict'] }],
  [TYPE.AUTHENTICATE, { name: 'AUTHENTICATE', fields: ['string', 'dict'] }],
  [TYPE.GOODBYE, { name: 'GOODBYE', fields: ['dict', 'string'] }],
  [TYPE.ERROR, { name: 'ERROR', fields: ['type', 'id', 'dict', 'string'], payload: true }],
  [TYPE.PUBLISH, { name: 'PUBLISH', fields: ['id', 'dict', 'string'], payload: true }],
  [TYPE.PUBLISHED, { name: 'PUBLISHED', fields: ['id', 'id'] }],
  [TYPE.SUBSCRIBE, { name: 'SUBSCRIBE', fields: ['id', 'dict', 'string'] }],
  [TYPE.SUBSCRIBED, { name: 'SUBSCRIBED', fields: ['id', 'id'] }],
  [TYPE.UNSUBSCRIBE, { name: 'UNSUBSCRIBE', fields: ['id', 'id'], trailingDict: true }],
  [TYPE.UNSUBSCRIBED, { name: 'UNSUBSCRIBED', fields: ['id0'], trailingDict: true }],
  [TYPE.EVENT, { name: 'EVENT', fields: ['id', 'id', 'dict'], payload: true }],
  [TYPE.CALL, { name: 'CALL', fields: ['id', 'dict', 'string'], payload: true }],
  [TYPE.CANCEL, { name: 'CANCEL', fields: ['id', 'dict'] }],
  [TYPE.RESULT, { name: 'RESULT', fields: ['id', 'dict'], payload: true }],
  [TYPE.REGISTER, { name: 'REGISTER', fields: ['id', 'dict', 'string'] }],
  [TYPE.REGISTERED, { name: 'REGISTERED', fields: ['id', 'id'] }],
  [TYPE.UNREGISTER, { name: 'UNREGISTER', fields: ['id', 'id'], trailingDict: true }],
  [TYPE.UNREGISTERED, { name: 'UNREGISTERED', fields: ['id0'], trailingDict: true }],
  [TYPE.INVOCATION, { name: 'INVOCATION', fields: ['id', 'id', 'dict'], payload: true }],
  [TYPE.INTERRUPT, { name: 'INTERRUPT', fields: ['id', 'dict'] }],
  [TYPE.YIELD, { name: 'YIELD', fields: ['id', 'dict'], payload: true }],
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
  dict(): Dict
  /** Validates what is left as Arguments and ArgumentsKw, both optional, without decoding it. */
  payload(): Payload
  /** Requires that the array and the input end here. */
  end(): void
}

/** Reads one message through `reader`, driven by the table. @throws {ProtocolError} anything but a legal message */
export function readMessage(reader: HeadReader): Message {
  if (!reader.more()) throw new ProtocolError('a message must not be an empty list')
  const type = reader.number()
  const shape = MESSAGE_SHAPES.get(type)
  if (shape === undefined) throw new ProtocolError(`message type ${type} does not exist`)
  const message: unknown[] = [type]
  for (const kind of shape.fields) {
    if (!reader.more()) throw new ProtocolError(`${shape.name} is too short`)
    message.push(readField(reader, kind, shape.name))
  }
  if (shape.trailingDict && reader.more()) message.push(reader.dict())
  if (shape.payload) message.push(reader.payload())
  reader.end()
  return message as unknown as Message
}

function readField(reader: HeadReader, kind: FieldKind, name: string): unknown {
  if (kind === 'dict') return reader.dict()
  if (kind === 'string') return reader.string()
  const value = reader.number()
  if (kind === 'type' ? !Number.isInteger(value) : !isId(value) && !(kind === 'id0' && value === 0))
    throw new ProtocolError(`${name}: ${value} is not an id`)
  return value
}
