/** What ordinary failures are called; addresses stay out, because what a name leads to is not the user's business. */
const SENTENCES: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection was closed before the answer was complete',
  EPIPE: 'The connection was closed before the answer was complete',
  ETIMEDOUT: 'The connection could not be made in time',
  EHOSTUNREACH: 'The host cannot be reached',
  ENETUNREACH: 'The host cannot be reached',
  ENOTFOUND: 'There is no such host',
  ENODATA: 'There is no such host',
  ETIMEOUT: 'The name servers did not answer in time',
  ESERVFAIL: 'The name servers failed',
  EREFUSED: 'The name servers refused to answer',
  EBADNAME: 'This is not a host name',
  EMFILE: 'This server has too many connections open',
  HPE_HEADER_OVERFLOW: 'The head of the answer is too long',
}
/** OpenSSL's names for what is wrong with a certificate, without a prefix of their own. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_|ERR_TLS_CERT)/

/** Why an exchange failed, as a sentence for the delivery log, with the code that a search finds. */
export function reasonOf(error: unknown): string {
  // several addresses were tried: the first one is the one that should have worked
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error)) return 'The attempt failed'
  const code = 'code' in first && typeof first.code === 'string' ? first.code : ''
  if (CERTIFICATE.test(code)) return `The certificate is not accepted: ${certificateProblem(code, first)} (${code})`
  if (code.startsWith('HPE_') && !(code in SENTENCES)) return `The answer is not HTTP (${code})`
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `TLS could not be agreed upon (${code})`
  return `${SENTENCES[code] ?? 'The attempt failed'}${code === '' ? '' : ` (${code})`}`
}

function certificateProblem(code: string, error: Error): string {
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'it is for another host' : error.message
}
