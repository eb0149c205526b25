import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Dict } from '@sluice/wamp'

/** RFC 9266: the label of channel bindings that are exported from the TLS session, and their length. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding'
const EXPORTER_BYTES = 32

/** What an authenticator may know of the connection below a session. */
export interface TransportDetails extends Dict {
  readonly kind: 'websocket' | 'rawsocket' | 'longpoll'
  /** Address of the peer; null for a Unix socket. */
  readonly peer: string | null
  readonly userAgent?: string
  /** The Cookie header as it came. */
  readonly cookie?: string
  readonly tls?: TlsDetails
}

export interface TlsDetails {
  /** The client's certificate, null if it showed none. */
  readonly certificate: {
    /** Whether it was issued by an authority the listener trusts. */
    readonly isTrusted: boolean
    readonly commonName: string | null
    /** RFC 2253-like, e.g. `CN=device 7,O=Example`. */
    readonly subject: string
    /** SHA-1 and SHA-256 of the certificate, as upper-case hex pairs separated by colons. */
    readonly sha1: string
    readonly sha256: string
  } | null
  /** Values that both ends of this very TLS connection know: RFC 5929 (not from TLS 1.3 on) and RFC 9266. */
  readonly channelBindings: { readonly 'tls-unique'?: Uint8Array; readonly 'tls-exporter'?: Uint8Array }
}

/** Details of what came as an HTTP request. */
export function requestDetails(kind: 'websocket' | 'longpoll', request: IncomingMessage): TransportDetails {
  const { 'user-agent': userAgent, cookie } = request.headers
  return {
    ...socketDetails(kind, request.socket),
    ...(userAgent !== undefined && { userAgent }),
    ...(cookie !== undefined && { cookie }),
  }
}

export function socketDetails(kind: TransportDetails['kind'], socket: Duplex): TransportDetails {
  const peer = addressOf(socket) ?? null
  return socket instanceof TLSSocket ? { kind, peer, tls: tlsDetails(socket) } : { kind, peer }
}

/** Address of a socket's peer, none for a Unix socket or once it is closed. */
export function addressOf(socket: Duplex): string | undefined {
  const { remoteAddress } = socket as { remoteAddress?: string }
  return remoteAddress
}

function tlsDetails(socket: TLSSocket): TlsDetails {
  // of the certificate the parsed form is not kept: it would weigh more than the rest of the session
  const { subject, fingerprint, fingerprint256 } = socket.getPeerCertificate()
  const isShown = fingerprint256 !== undefined
  const commonName: unknown = isShown ? subject.CN : null
  return {
    certificate: isShown
      ? {
          isTrusted: socket.authorized,
          commonName: typeof commonName === 'string' ? commonName : null,
          subject: Object.entries(subject)
            .map(([name, value]) => `${name}=${String(value)}`)
            .toReversed()
            .join(','),
          sha1: fingerprint,
          sha256: fingerprint256,
        }
      : null,
    channelBindings: channelBindings(socket),
  }
}

/** RFC 5929 §3.1: the first Finished message is the client's, in a resumed session the server's. */
function channelBindings(socket: TLSSocket): TlsDetails['channelBindings'] {
  const exporter = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0))
  const unique = socket.isSessionReused() ? socket.getFinished() : socket.getPeerFinished()
  return {
    'tls-exporter': exporter,
    ...(socket.getProtocol() !== 'TLSv1.3' && unique !== undefined && { 'tls-unique': unique }),
  }
}
