import { CLOSE, ERROR, WampError } from '../errors.ts'
import { type Message, TYPE, type Welcome } from '../messages.ts'
import { type Dict, Payload } from '../payload.ts'
import type { Timers } from '../timers.ts'
import type { Transport } from '../transport.ts'
import { helloDetails } from './hello.ts'
import { OpenSession, textOf } from './open-session.ts'
import type { CloseReason, Session } from './session.ts'

/** How a client authenticates: what HELLO says, and the answer to each CHALLENGE. */
export interface ClientAuth {
  readonly authid?: string
  readonly authmethods: readonly string[]
  readonly authextra?: Dict
  answer?(
    method: string,
    extra: Dict,
  ): { signature: string; extra?: Dict } | Promise<{ signature: string; extra?: Dict }>
  /** Looks at WELCOME.Details, where the router may have to prove itself. @throws {WampError} it did not: no session */
  welcomed?(details: Dict): void
}

export interface JoinOptions {
  readonly realm: string
  /** Default: anonymous. */
  readonly auth?: ClientAuth
  readonly timers: Timers
  /** Default 10 s, from HELLO to WELCOME. */
  readonly timeoutMs?: number
  readonly agent?: string
  /** Exceptions from event handlers, and from procedures unless they are WampErrors. Default: an unhandled rejection. */
  readonly onError?: (error: unknown) => void
}

interface Entered {
  readonly session: OpenSession
  /** The session is the parked one. */
  readonly isResumed: boolean
}

const JOIN_MS = 10_000

/** Authentication by method `ticket`: a secret that the router can check, such as an API key. */
export function ticketAuth(ticket: string, authid?: string): ClientAuth {
  return {
    authmethods: ['ticket'],
    ...(authid === undefined ? {} : { authid }),
    answer: () => ({ signature: ticket }),
  }
}

/**
 * Joins a realm over a fresh transport, which the session then owns.
 * @throws {WampError} the router's ABORT; wamp.error.timeout; wamp.close.transport_lost; what `welcomed` throws
 */
export async function join(transport: Transport, options: JoinOptions): Promise<Session> {
  return (await enter(transport, options, { isResumable: false, parked: null })).session
}

/** @param resume whether a session is wanted that can be resumed, and the one to go on with if the router still has it */
export function enter(
  transport: Transport,
  options: JoinOptions,
  { isResumable, parked }: { readonly isResumable: boolean; readonly parked: OpenSession | null },
): Promise<Entered> {
  return new Promise((resolve, reject) => {
    const { realm, timers, auth } = options
    let session: OpenSession | null = null
    const onError = options.onError ?? ((error) => void Promise.reject(error))
    const timer = timers.setTimeout(() => fail(new WampError(ERROR.timeout)), options.timeoutMs ?? JOIN_MS)
    const fail = (error: unknown): void => {
      timers.clearTimeout(timer)
      transport.close(1000, '')
      reject(error)
    }
    const violation = (text: string): void => {
      transport.send([TYPE.ABORT, { message: text }, ERROR.protocolViolation, Payload.empty])
      const reason: CloseReason = { uri: ERROR.protocolViolation, message: text, code: null }
      if (session) session.end(reason)
      else fail(new WampError(reason.uri, [text]))
    }
    const welcome = (message: Welcome): void => {
      try {
        auth?.welcomed?.(message[2])
      } catch (error) {
        transport.send([TYPE.ABORT, {}, ERROR.authenticationFailed, Payload.empty])
        return fail(error)
      }
      timers.clearTimeout(timer)
      const resumed = message[2]['resumed'] === true && parked?.ticket ? parked : null
      resumed?.resume(transport, message[2])
      session = resumed ?? new OpenSession(message, { transport, realm, timers, onError, isResumable })
      resolve({ session, isResumed: resumed !== null })
    }
    const greet = (message: Message): void => {
      if (message[0] === TYPE.WELCOME) welcome(message)
      else if (message[0] === TYPE.CHALLENGE && auth?.answer) {
        const send = (answer: { signature: string; extra?: Dict }): void =>
          transport.send([TYPE.AUTHENTICATE, answer.signature, answer.extra ?? {}])
        Promise.resolve(auth.answer(message[1], message[2])).then(send).catch(fail)
      } else if (message[0] === TYPE.ABORT) {
        const text = textOf(message[1])
        fail(new WampError(message[2], text === '' ? message[3].args : [text], message[3].kwargs))
      } else violation(`message type ${message[0]} before WELCOME`)
    }
    transport.onMessage((message) => {
      if (!session) greet(message)
      else if (!session.receive(message)) violation(`message type ${message[0]} is not for a client`)
    })
    transport.onViolation((error) => violation(error.message))
    transport.onClose(({ code, reason }) => {
      if (session) session.disconnected({ uri: CLOSE.transportLost, message: reason, code })
      else fail(new WampError(CLOSE.transportLost, [reason], { code }))
    })
    const resume = parked?.ticket ?? null
    transport.send([TYPE.HELLO, realm, helloDetails({ agent: options.agent, auth, isResumable, resume })])
  })
}
