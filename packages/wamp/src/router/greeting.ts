import { ProtocolError } from '../errors.ts'
import type { Hello } from '../messages.ts'
import type { Dict } from '../payload.ts'
import type { HelloRequest } from './authenticator.ts'
import { type Features, isDict, parseFeatures } from './features.ts'

/** What HELLO said, as far as WELCOME depends on it. */
export interface Greeting {
  readonly session: number
  readonly realm: string
  readonly features: Features
  readonly isResumable: boolean
  readonly resume: { readonly id: number; readonly token: string } | null
}

/**
 * @param session id of the session if it is a new one
 * @throws {ProtocolError} no client role is named (Basic Profile, "HELLO")
 */
export function greetingOf([, realm, details]: Hello, session: number): Greeting {
  const features = parseFeatures(details)
  if (features === null) throw new ProtocolError('HELLO without a client role')
  const id = details['resume-session']
  const token = details['resume-token']
  const resume = typeof id === 'number' && typeof token === 'string' ? { id, token } : null
  return { session, realm, features, isResumable: details['resumable'] === true || resume !== null, resume }
}

/** What the authenticator learns of a HELLO. Details of wrong types are as if not there. */
export function helloRequest([, realm, details]: Hello, session: number, transport: Dict): HelloRequest {
  const { authid, authmethods, authextra } = details
  return {
    realm,
    authmethods: Array.isArray(authmethods) && authmethods.length > 0 ? authmethods.filter(isString) : ['anonymous'],
    authid: typeof authid === 'string' ? authid : null,
    authextra: isDict(authextra) ? authextra : {},
    session,
    transport,
  }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
