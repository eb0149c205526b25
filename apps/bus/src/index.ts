export {
  type Bus,
  type BusConfig,
  type BusEntrance,
  type BusMetrics,
  type BusParts,
  type OpenedRealm,
  startBus,
} from './bus.ts'
export type { BusDirectory, BusPrincipal } from './directory.ts'
export { type ListenerConfig, listenerSchema } from './listener-config.ts'
export { type Listeners, startListeners } from './listeners.ts'
export type { RealmDefinition } from './configured-realms.ts'
export type { PurgeFilter } from './dynamic-authorizer.ts'
export { type BusRealmsConfig, type RealmConfig, RealmConfigError, parseRealmConfig } from './realm-config.ts'
export { addBusMetrics } from './metrics.ts'
