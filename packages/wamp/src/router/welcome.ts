import type { Dict } from '../payload.ts'
import type { Identity } from './authenticator.ts'

/**
 * Exactly these two roles: Autobahn|Python refuses others, and wampy wants `features` in each. What is not announced
 * here is not there.
 */
export const ROUTER_ROLES = {
  broker: {
    features: {
      publisher_identification: true,
      publisher_exclusion: true,
      publication_trustlevels: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
      subscription_revocation: true,
      subscription_meta_api: true,
      session_meta_api: true,
      event_retention: true,
      event_history: true,
      sharded_subscription: true,
      payload_passthru_mode: true,
    },
  },
  dealer: {
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
      registration_meta_api: true,
      session_meta_api: true,
      testament_meta_api: true,
      payload_passthru_mode: true,
    },
  },
}

/** WELCOME.Details of a session. */
export function welcomeDetails(realm: string, identity: Identity, more: Dict): Dict {
  const { authid, authrole, authmethod, authprovider, authextra } = identity
  return {
    realm,
    authid,
    authrole,
    authmethod,
    authprovider,
    ...(authextra ? { authextra } : {}),
    ...more,
    roles: ROUTER_ROLES,
  }
}
