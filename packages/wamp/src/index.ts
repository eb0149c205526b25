export { CLOSE, ERROR, ProtocolError, WampError } from './errors.ts'
export { ID_MAX, isId, nextId, randomId } from './ids.ts'
export { type MatchPolicy, type UriRules, isReserved, isUri, matches } from './uri.ts'
export { type Dict, type Frame, Payload, type TailCodec } from './payload.ts'
export { MESSAGE_SHAPES, type HeadReader, type Message, type MessageShape, TYPE, readMessage } from './messages.ts'
export { SERIALIZER_LIMITS, type Serializer, type SerializerLimits } from './serializer.ts'
export { jsonSerializer } from './json/serializer.ts'
export { msgpackSerializer } from './msgpack/serializer.ts'
export { cborSerializer } from './cbor/serializer.ts'
export { SUBPROTOCOLS, serializerOf } from './serializers.ts'
export type { Timers } from './timers.ts'
export type { Transport, TransportClose } from './transport.ts'
export { linkedPair } from './linked-pair.ts'
export type {
  Action,
  AuthStep,
  Authenticator,
  Authorizer,
  Grant,
  HelloRequest,
  Identity,
  SessionInfo,
  Verdict,
} from './router/authenticator.ts'
export { ROUTER_LIMITS, type RouterLimits } from './router/limits.ts'
export {
  type HistoryRule,
  type OverflowPolicy,
  type Quota,
  type Quotas,
  REALM_OPTIONS,
  type RealmOptions,
} from './router/options.ts'
export type { Realm } from './router/realm.ts'
export { SESSION_TABLE } from './router/session-table.ts'
export type { RouterSession } from './router/session.ts'
export { type AttachOptions, Router, type RouterMetrics, type RouterOptions } from './router/router.ts'
export { type ClientAuth, type JoinOptions, join, ticketAuth } from './client/join.ts'
export {
  type CallPart,
  type CallResult,
  type EventDetails,
  type EventHandler,
  type InvocationDetails,
  type PeerIdentity,
  type ProcedureHandler,
  Result,
} from './client/handlers.ts'
export type {
  CallOptions,
  CancelMode,
  PublishOptions,
  RegisterOptions,
  Signal,
  SubscribeOptions,
} from './client/options.ts'
export type { CloseReason, Registration, Session, Subscription, WelcomeDetails } from './client/session.ts'
export {
  type WebSocketConstructor,
  type WebSocketLike,
  type WebSocketOptions,
  openWebSocket,
} from './client/web-socket.ts'
export { type Testament, addTestament, flushTestaments } from './client/testaments.ts'
export { type ConnectOptions, type Connection, type ConnectionStatus, connect } from './client/connection.ts'
export { type Principal, REFUSED, type RouterMethod, anyOf, bothOf, challengeOnce, follow } from './auth/method.ts'
export { anonymousMethod, cookieMethod, randomAuthid, ticketMethod, tlsMethod } from './auth/plain-methods.ts'
export { type CraParts, type CraPrincipal, type CraSalting, craMethod, deriveCraKey } from './auth/cra.ts'
export {
  type Argon2id,
  type ScramCost,
  type ScramDialect,
  type ScramKdf,
  type ScramKeys,
  saltPassword,
  scramKeys,
} from './auth/scram.ts'
export { type ScramParts, type ScramPrincipal, scramMethod } from './auth/scram-method.ts'
export { type CryptosignParts, type CryptosignPrincipal, cryptosignMethod } from './auth/cryptosign.ts'
export { type ClientCertificate, type TransportTls, certificateOf, channelBinding } from './auth/channel.ts'
export { type SigningKey, signingKey } from './auth/web-crypto.ts'
export {
  type ClientChannel,
  type CryptosignCredentials,
  type ScramCredentials,
  anonymousAuth,
  anyAuth,
  craAuth,
  cryptosignAuth,
  scramAuth,
  transportAuth,
} from './auth/client-methods.ts'
export { fromHex, isEqualInConstantTime, toHex, utf8 } from './auth/bytes.ts'
export { fromBase64, toBase64 } from './binary/base64.ts'
export { type UriPattern, covers, overlaps } from './auth/patterns.ts'
export { saslprep } from './auth/saslprep.ts'
