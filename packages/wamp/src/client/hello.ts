import type { Dict } from '../payload.ts'

/** What this client can do, by role; nothing else is announced (Advanced Profile, "Feature Announcement"). */
const ROLES = {
  publisher: {
    features: {
      publisher_exclusion: true,
      subscriber_blackwhite_listing: true,
      publisher_identification: true,
      sharded_subscription: true,
      payload_passthru_mode: true,
    },
  },
  subscriber: {
    features: {
      pattern_based_subscription: true,
      publisher_identification: true,
      publication_trustlevels: true,
      subscription_revocation: true,
      sharded_subscription: true,
      payload_passthru_mode: true,
    },
  },
  caller: {
    features: {
      progressive_call_results: true,
      progressive_call_invocations: true,
      call_canceling: true,
      call_timeout: true,
      caller_identification: true,
      sharded_registration: true,
      payload_passthru_mode: true,
    },
  },
  callee: {
    features: {
      progressive_call_results: true,
      progressive_call_invocations: true,
      call_canceling: true,
      call_timeout: true,
      call_reroute: true,
      call_trustlevels: true,
      caller_identification: true,
      pattern_based_registration: true,
      shared_registration: true,
      sharded_registration: true,
      registration_revocation: true,
      payload_passthru_mode: true,
    },
  },
}

export interface Greeting {
  readonly agent: string | undefined
  readonly auth:
    | { readonly authid?: string; readonly authmethods: readonly string[]; readonly authextra?: Dict }
    | undefined
  /** Asks for a session that can be resumed. */
  readonly isResumable: boolean
  /** The session to go on with. */
  readonly resume: { readonly id: number; readonly token: string } | null
}

/** HELLO.Details. The keys of session resumption are those of the specification's sketch. */
export function helloDetails({ agent, auth, isResumable, resume }: Greeting): Dict {
  return {
    roles: ROLES,
    agent: agent ?? 'sluice',
    ...(auth ? { authmethods: auth.authmethods } : {}),
    ...(auth?.authid === undefined ? {} : { authid: auth.authid }),
    ...(auth?.authextra === undefined ? {} : { authextra: auth.authextra }),
    ...(isResumable ? { resumable: true } : {}),
    ...(resume ? { 'resume-session': resume.id, 'resume-token': resume.token } : {}),
  }
}
