export { CLOSE, ERROR, ProtocolError, WampError } from './errors.ts'
export { ID_MAX, isId, nextId, randomId } from './ids.ts'
export { type MatchPolicy, type UriRules, isReserved, isUri, matches } from './uri.ts'
export { type Dict, type Frame, Payload, type TailCodec } from './payload.ts'
export { MESSAGE_SHAPES, type HeadReader, type Message, type MessageShape, TYPE, readMessage } from './messages.ts'
export { SERIALIZER_LIMITS, type Serializer, type SerializerLimits } from './serializer.ts'
export { jsonSerializer } from './json/serializer.ts'
export type { Timers } from './timers.ts'
export type { Transport, TransportClose } from './transport.ts'
export { linkedPair } from './linked-pair.ts'
export type {
  Action,
  AuthStep,
  Authenticator,
  Authorizer,
  Disclose,
  HelloRequest,
  Identity,
  SessionInfo,
} from './router/authenticator.ts'
export { ROUTER_LIMITS, type RouterLimits } from './router/limits.ts'
export type { Realm } from './router/realm.ts'
export type { RouterSession } from './router/session.ts'
export { type AttachOptions, Router, type RouterMetrics, type RouterOptions } from './router/router.ts'
export { type ClientAuth, type JoinOptions, join, ticketAuth } from './client/join.ts'
export {
  type CallOptions,
  type CallResult,
  type CloseReason,
  type EventDetails,
  type EventHandler,
  type InvocationDetails,
  type ProcedureHandler,
  type PublishOptions,
  type RegisterOptions,
  type Registration,
  Result,
  type Session,
  type Signal,
  type SubscribeOptions,
  type Subscription,
  type WelcomeDetails,
} from './client/session.ts'
export { type WebSocketConstructor, type WebSocketLike, openWebSocket } from './client/web-socket.ts'
export {
  type ConnectOptions,
  type Connection,
  type ConnectionStatus,
  type Credentials,
  connect,
} from './client/connection.ts'
