import type { Database } from '@sluice/store'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import type { Announce } from './events.ts'
import type { FeedCache } from './feed-cache.ts'
import type { Ingest } from './ingest.ts'
import type { KeyVault } from './secrets.ts'

/** What the routes and the procedures of the bus work with. */
export type RouteParts = {
  db: Database
  ingest: Ingest
  feeds: FeedCache
  keys: KeyVault
  announce: Announce
}

/** What the routes of triggers and their deliveries need beyond. */
export type TriggerParts = RouteParts & {
  endpointSecrets: EndpointSecrets
  /** why deliveries may not go to a URL, as a sentence, or null */
  refusalOfUrl(url: string): string | null
  /** told after COMMIT that there may be deliveries to send now */
  onQueued(): void
}
