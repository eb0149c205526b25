export { type Bus, type BusConfig, type BusMetrics, type BusParts, type OpenedRealm, startBus } from './bus.ts'
export type { BusDirectory, BusPrincipal } from './directory.ts'
