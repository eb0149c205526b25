/** URIs of errors and closes that this package sends or looks for (wamp-proto, "Predefined URIs"). */
export const ERROR = {
  invalidUri: 'wamp.error.invalid_uri',
  noSuchProcedure: 'wamp.error.no_such_procedure',
  procedureAlreadyExists: 'wamp.error.procedure_already_exists',
  noSuchRegistration: 'wamp.error.no_such_registration',
  noSuchSubscription: 'wamp.error.no_such_subscription',
  noSuchSession: 'wamp.error.no_such_session',
  differentInvocationPolicy: 'wamp.error.procedure_exists_with_different_invocation_policy',
  invalidArgument: 'wamp.error.invalid_argument',
  runtimeError: 'wamp.error.runtime_error',
  canceled: 'wamp.error.canceled',
  timeout: 'wamp.error.timeout',
  payloadSizeExceeded: 'wamp.error.payload_size_exceeded',
  protocolViolation: 'wamp.error.protocol_violation',
  notAuthorized: 'wamp.error.not_authorized',
  authorizationDenied: 'wamp.error.authorization_denied',
  authorizationRequired: 'wamp.error.authorization_required',
  authorizationFailed: 'wamp.error.authorization_failed',
  noSuchRealm: 'wamp.error.no_such_realm',
  noSuchRole: 'wamp.error.no_such_role',
  noSuchPrincipal: 'wamp.error.no_such_principal',
  noMatchingAuthMethod: 'wamp.error.no_matching_auth_method',
  authenticationFailed: 'wamp.error.authentication_failed',
  authenticationDenied: 'wamp.error.authentication_denied',
  authenticationRequired: 'wamp.error.authentication_required',
  optionNotAllowed: 'wamp.error.option_not_allowed',
  discloseMeDenied: 'wamp.error.option_disallowed.disclose_me',
  featureNotSupported: 'wamp.error.feature_not_supported',
  networkFailure: 'wamp.error.network_failure',
  unavailable: 'wamp.error.unavailable',
  noAvailableCallee: 'wamp.error.no_available_callee',
  historyUnavailable: 'wamp.error.history_unavailable',
} as const

export const CLOSE = {
  systemShutdown: 'wamp.close.system_shutdown',
  closeRealm: 'wamp.close.close_realm',
  goodbyeAndOut: 'wamp.close.goodbye_and_out',
  killed: 'wamp.close.killed',
  normal: 'wamp.close.normal',
  transportLost: 'wamp.close.transport_lost',
} as const

/**
 * An error as WAMP knows it: a URI and a payload. A procedure that throws one answers its caller with exactly this;
 * a call that fails rejects with one.
 */
export class WampError extends Error {
  override readonly name = 'WampError'
  readonly uri: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>

  constructor(
    uri: string,
    args: readonly unknown[] = [],
    kwargs: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri, options)
    this.uri = uri
    this.args = args
    this.kwargs = kwargs
  }
}

/** The peer broke the protocol: its session is aborted with wamp.error.protocol_violation and nothing more is read. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}
