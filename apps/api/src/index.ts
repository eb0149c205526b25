export { ApiConfig, isLoopback } from './config.ts'
export { startApi, type Api, type HandleUpgrade, type PreparedApi } from './start.ts'
export type { ApiParts } from './assemble.ts'
export type { Route } from './route.ts'
