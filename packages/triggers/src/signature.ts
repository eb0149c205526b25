const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/**
 * Makes a signing secret as Standard Webhooks writes it: `whsec_` and 32 bytes in base64.
 * @param randomBytes cryptographically strong
 */
export function makeSecret(randomBytes: (count: number) => Uint8Array): string {
  return PREFIX + base64(randomBytes(SECRET_BYTES))
}

/** What a signature covers. */
export type SignedMessage = {
  /** webhook-id */
  id: string
  /** webhook-timestamp: seconds since 1970, of the attempt */
  timestampS: number
  /** as it is sent, byte for byte */
  body: string
  /** `whsec_…`, the current one first; during a rotation the one before signs too */
  secrets: readonly string[]
}

/**
 * The header webhook-signature (Standard Webhooks): for each secret `v1,` and the base64 of HMAC-SHA-256 over
 * `<id>.<timestamp>.<body>`, separated by spaces. Empty where there is no secret.
 * @throws {TypeError} a secret is not `whsec_` and base64, or the id has a full stop, which would make it ambiguous
 */
export async function sign({ id, timestampS, body, secrets }: SignedMessage): Promise<string> {
  if (id.includes('.')) throw new TypeError('the id of a signed message has no full stop')
  const message = new TextEncoder().encode(`${id}.${Math.floor(timestampS)}.${body}`)
  const signatures = secrets.map(async (secret) => {
    const key = await crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ])
    return `v1,${base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, message)))}`
  })
  return (await Promise.all(signatures)).join(' ')
}

function bytesOf(secret: string): Uint8Array<ArrayBuffer> {
  // the secret itself is never part of an error
  if (!/^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret) || secret === PREFIX) {
    throw new TypeError('a signing secret is whsec_ and base64')
  }
  return Uint8Array.from(atob(secret.slice(PREFIX.length)), (character) => character.charCodeAt(0))
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
