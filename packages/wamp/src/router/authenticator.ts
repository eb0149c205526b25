import type { Dict } from '../payload.ts'

/** Who a session is, as its authenticator decided. */
export interface Identity {
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly authprovider: string
  readonly authextra?: Dict
  /** Whatever the embedding program's authorizer wants to find again; never sent. */
  readonly principal?: unknown
}

/** What a client asked for in HELLO, and what is known of its transport. */
export interface HelloRequest {
  /** A legal URI; whether such a realm exists is for the authenticator to know. */
  readonly realm: string
  /** Methods in the client's order of preference; `['anonymous']` when it named none. */
  readonly authmethods: readonly string[]
  readonly authid: string | null
  readonly authextra: Dict
  /** The id that the session will have, which challenges name. */
  readonly session: number
  readonly transport: Dict
}

/**
 * One step of authentication: done, refused with an ABORT, or a CHALLENGE whose answer decides the next step, so that a
 * method may take any number of rounds.
 */
export type AuthStep =
  | { readonly kind: 'accept'; readonly identity: Identity }
  | { readonly kind: 'refuse'; readonly uri: string; readonly message?: string }
  | {
      readonly kind: 'challenge'
      readonly method: string
      readonly extra: Dict
      answer(signature: string, extra: Dict): AuthStep | Promise<AuthStep>
    }

/** Decides who may join. An exception or rejection refuses with wamp.error.authentication_failed. */
export type Authenticator = (hello: HelloRequest) => AuthStep | Promise<AuthStep>

export type Action = 'subscribe' | 'publish' | 'call' | 'register'

/** What an authorizer may know of a session. */
export interface SessionInfo {
  readonly id: number
  readonly realm: string
  readonly identity: Identity
}

/** What an authorizer allows, and on which terms. */
export interface Grant {
  readonly allow: boolean
  /**
   * Whether receivers learn who called or published: always, never, or as `disclose_me` says (Advanced Profile, "Caller
   * Identification", "Publisher Identification"). Default `off`.
   */
  readonly disclose?: 'on' | 'off' | 'choose'
  /** Advanced Profile, "Call Trust Levels", "Publication Trust Levels". */
  readonly trustlevel?: number
  /** For a subscription to a pattern: asked for the topic of each event before it is sent to this subscriber. */
  readonly filter?: (topic: string) => boolean
}
export type Verdict = boolean | Grant

/** Decides about one message. An exception or rejection answers wamp.error.authorization_failed. */
export type Authorizer = (
  session: SessionInfo,
  action: Action,
  uri: string,
  options: Dict,
) => Verdict | Promise<Verdict>
