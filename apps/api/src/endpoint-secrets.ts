import { randomBytes } from 'node:crypto'
import { fileSecret } from '@sluice/service'
import { makeSecret } from '@sluice/triggers'
import { derive, SECRET_FILE, seal, unseal } from './secrets.ts'

/** What deliveries are signed with (Standard Webhooks): only the server's secret opens what the database holds. */
export type EndpointSecrets = {
  /** a new `whsec_…` and what is stored of it */
  make(): { secret: string; sealed: Buffer }
  /** @throws {Error} when it was sealed under another secret or damaged */
  open(sealed: Buffer): string
}

export function makeEndpointSecrets(secret: Buffer): EndpointSecrets {
  const key = derive(secret, 'endpoint secret')
  return {
    make() {
      const made = makeSecret(randomBytes)
      return { secret: made, sealed: seal(key, made) }
    },
    open: (sealed) => unseal(key, sealed),
  }
}

/**
 * The same for whoever delivers.
 * @param dataDir SLUICE_DATA
 * @throws {Error} one sentence about a secret file that cannot be used
 */
export async function openEndpointSecrets(dataDir: string): Promise<EndpointSecrets> {
  return makeEndpointSecrets(await fileSecret(dataDir, SECRET_FILE))
}
