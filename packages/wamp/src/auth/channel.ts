import type { Dict } from '../payload.ts'

/** What a listener says of a connection by TLS, under `tls` in the details of the transport. */
export interface TransportTls {
  /** The client's certificate; null if it showed none. */
  readonly certificate: ClientCertificate | null
  /** Binding data by type (RFC 5929, RFC 9266), as far as this connection has it. */
  readonly channelBindings: Readonly<Partial<Record<string, Uint8Array>>>
}

export interface ClientCertificate {
  /** Whether an authority that the listener trusts vouches for it. */
  readonly isTrusted: boolean
  /** CN of the subject. */
  readonly commonName: string | null
  /** SHA-256 of the certificate in DER, in hexadecimal; colons and case do not matter. */
  readonly sha256: string
}

/** The client's certificate, or null. */
export function certificateOf(transport: Dict): ClientCertificate | null {
  return tlsOf(transport)?.certificate ?? null
}

/** The binding data of a transport, or null where it has none of this type. */
export function channelBinding(transport: Dict, type: string): Uint8Array | null {
  const bindings = tlsOf(transport)?.channelBindings
  return bindings && Object.hasOwn(bindings, type) ? (bindings[type] ?? null) : null
}

/** Details are the embedding program's own, so their shape is not a question. */
function tlsOf(transport: Dict): TransportTls | undefined {
  return transport['tls'] as TransportTls | undefined
}
