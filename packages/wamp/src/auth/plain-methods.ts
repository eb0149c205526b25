import { toBase64 } from '../binary/base64.ts'
import { type ClientCertificate, certificateOf } from './channel.ts'
import { type Principal, REFUSED, type RouterMethod, accept, challengeOnce } from './method.ts'
import { randomBytes } from './web-crypto.ts'
import type { HelloRequest } from '../router/authenticator.ts'

const AUTHID_BYTES = 15

/** An authid for a session that has none of its own: 20 url-safe characters, random. */
export function randomAuthid(): string {
  return toBase64(randomBytes(AUTHID_BYTES)).replaceAll('+', '-').replaceAll('/', '_')
}

/** Method `anonymous`: anybody, under a random authid. */
export function anonymousMethod(authrole: string, authprovider = 'static'): RouterMethod {
  return {
    name: 'anonymous',
    start: () => accept({ authid: randomAuthid(), authrole, authprovider }, 'anonymous'),
  }
}

/** Longest ticket that is looked at, in UTF-16 units; a JSON Web Token fits. */
const TICKET_LENGTH_MAX = 4096

/**
 * Method `ticket`: AUTHENTICATE.Signature is the secret itself.
 * @param check must take as long for an unknown authid as for a wrong ticket
 */
export function ticketMethod(
  check: (hello: HelloRequest, ticket: string) => Principal | null | Promise<Principal | null>,
): RouterMethod {
  return {
    name: 'ticket',
    start: (hello) =>
      challengeOnce('ticket', {}, async (ticket) => {
        if (ticket.length === 0 || ticket.length > TICKET_LENGTH_MAX) return REFUSED
        const found = await check(hello, ticket)
        return found ? accept(found.identity, 'ticket') : REFUSED
      }),
  }
}

/** Method `tls`: the transport has proved a client certificate, so nothing is left to ask. */
export function tlsMethod(
  find: (certificate: ClientCertificate, hello: HelloRequest) => Principal | null | Promise<Principal | null>,
): RouterMethod {
  return {
    name: 'tls',
    isPossible: (hello) => certificateOf(hello.transport) !== null,
    start: async (hello) => {
      const certificate = certificateOf(hello.transport)
      const found = certificate && (await find(certificate, hello))
      return found ? accept(found.identity, 'tls') : REFUSED
    },
  }
}

/**
 * Method `cookie`: the browser brought back a cookie that it was given when it authenticated before. Without one that is
 * remembered, the next of the client's methods is taken.
 */
export function cookieMethod(recall: (hello: HelloRequest) => Principal | null): RouterMethod {
  return {
    name: 'cookie',
    isPossible: (hello) => recall(hello) !== null,
    start: (hello) => {
      const found = recall(hello)
      return found ? accept(found.identity, 'cookie') : REFUSED
    },
  }
}
