export * from './database.ts'
export { isConnectionFailure, isRetryable, sqlStateOf } from './failure.ts'
export { migrate } from './migrate.ts'
export * from './directory/accounts.ts'
export * from './directory/account-removal.ts'
export * from './directory/activation.ts'
export * from './directory/audit.ts'
export * from './directory/credentials.ts'
export { ensureDatastreams, removeDatastream, updateDatastream } from './directory/datastreams.ts'
export * from './directory/devices.ts'
export { createFeed, removeFeed, updateFeed } from './directory/feed-changes.ts'
export { type FeedQuery, listFeeds } from './directory/feed-search.ts'
export { type ResolvedFeed, findFeed, resolveFeed } from './directory/feeds.ts'
export * from './directory/idempotency.ts'
export * from './directory/keys.ts'
export * from './directory/key-rolls.ts'
export * from './directory/key-uses.ts'
export * from './directory/product-devices.ts'
export * from './directory/products.ts'
export * from './directory/requests.ts'
export * from './directory/tickets.ts'
export {
  armTrigger,
  insertTrigger,
  removeTrigger,
  updateTrigger,
  type TriggerWrite,
} from './directory/trigger-changes.ts'
export * from './directory/triggers.ts'
export * from './directory/users.ts'
export * from './archive/append.ts'
export * from './archive/export-pages.ts'
export * from './archive/history.ts'
export type { StepRun, Steps } from './archive/steps.ts'
export { ensurePartitions } from './archive/partitions.ts'
export * from './outbox/decisions.ts'
export * from './outbox/rules.ts'
export * from './outbox/timers.ts'
export * from './outbox/claims.ts'
export * from './outbox/attempts.ts'
export * from './outbox/depth.ts'
export * from './outbox/retention.ts'
export * from './outbox/delivery-lists.ts'
export {
  findEndpoint,
  findEndpointSecret,
  listEndpoints,
  rotateEndpointSecret,
  updateEndpoint,
  type EndpointPatch,
} from './outbox/endpoint-lists.ts'
export * from './outbox/samples.ts'
export { readClock } from './timestamp-sql.ts'
