import type { MessageShape } from '../messages.ts'

/**
 * Where a connection stands (Basic Profile, "Session Lifetime"). `greeting`: a HELLO is due. `deciding`: the
 * authenticator thinks. `challenged`: AUTHENTICATE is due. `open`: joined. `leaving`: our GOODBYE waits for its answer.
 */
export type State = 'greeting' | 'deciding' | 'challenged' | 'open' | 'leaving' | 'closed'

/** A message by its name, or what else may happen. */
export type Input =
  | MessageShape['name']
  /** what arrived is no message */
  | 'undecodable'
  /** the transport is closed */
  | 'lost'
  /** HELLO, WELCOME or the answer to our GOODBYE is overdue */
  | 'deadline'
  /** the router ends it: shutdown, kill, realm closed */
  | 'ended'

export type Reaction =
  /** ask the authenticator */
  | 'authenticate'
  /** hand AUTHENTICATE to the authenticator's next step */
  | 'answer'
  /** act on it: broker or dealer */
  | 'route'
  /** answer GOODBYE; another HELLO may follow */
  | 'goodbye'
  /** send GOODBYE and wait for its answer */
  | 'dismiss'
  /** ABORT with the reason given */
  | 'refuse'
  /** ABORT wamp.error.protocol_violation, session forgotten at once, transport closed */
  | 'abort'
  /** session forgotten, transport closed without a word */
  | 'close'
  /** session forgotten, or parked where it may be resumed */
  | 'release'
  | 'ignore'

/** What only a router sends, and what a client may send in a session alone. */
const MESSAGES_ABORT = {
  HELLO: 'abort',
  WELCOME: 'abort',
  CHALLENGE: 'abort',
  AUTHENTICATE: 'abort',
  GOODBYE: 'abort',
  ERROR: 'abort',
  PUBLISH: 'abort',
  PUBLISHED: 'abort',
  SUBSCRIBE: 'abort',
  SUBSCRIBED: 'abort',
  UNSUBSCRIBE: 'abort',
  UNSUBSCRIBED: 'abort',
  EVENT: 'abort',
  EVENT_RECEIVED: 'abort',
  CALL: 'abort',
  CANCEL: 'abort',
  RESULT: 'abort',
  REGISTER: 'abort',
  REGISTERED: 'abort',
  UNREGISTER: 'abort',
  UNREGISTERED: 'abort',
  INVOCATION: 'abort',
  INTERRUPT: 'abort',
  YIELD: 'abort',
} as const satisfies Partial<Record<Input, Reaction>>

type Row = Record<Input, Reaction>

const GREETING: Row = {
  ...MESSAGES_ABORT,
  HELLO: 'authenticate',
  ABORT: 'close',
  undecodable: 'abort',
  lost: 'release',
  deadline: 'close',
  ended: 'refuse',
}
const DECIDING: Row = { ...GREETING, HELLO: 'abort' }
const CHALLENGED: Row = { ...GREETING, HELLO: 'abort', AUTHENTICATE: 'answer' }
const OPEN: Row = {
  ...MESSAGES_ABORT,
  ABORT: 'close',
  GOODBYE: 'goodbye',
  ERROR: 'route',
  PUBLISH: 'route',
  SUBSCRIBE: 'route',
  UNSUBSCRIBE: 'route',
  EVENT_RECEIVED: 'ignore',
  CALL: 'route',
  CANCEL: 'route',
  REGISTER: 'route',
  UNREGISTER: 'route',
  YIELD: 'route',
  undecodable: 'abort',
  lost: 'release',
  deadline: 'ignore',
  ended: 'dismiss',
}
const LEAVING: Row = {
  ...ignored(MESSAGES_ABORT),
  ABORT: 'close',
  GOODBYE: 'close',
  undecodable: 'close',
  lost: 'release',
  deadline: 'close',
  ended: 'ignore',
}
const CLOSED: Row = { ...ignored(OPEN) }

/** The whole session state machine; SESSION.md shows it. A state or message without a reaction does not compile. */
export const SESSION_TABLE: Readonly<Record<State, Readonly<Row>>> = {
  greeting: GREETING,
  deciding: DECIDING,
  challenged: CHALLENGED,
  open: OPEN,
  leaving: LEAVING,
  closed: CLOSED,
}

/** "Shutting down: received other, ignore" (Basic Profile, "Session Closing"). */
function ignored<K extends Input>(row: Readonly<Record<K, Reaction>>): Record<K, 'ignore'> {
  return Object.fromEntries(Object.keys(row).map((input) => [input, 'ignore'])) as Record<K, 'ignore'>
}
