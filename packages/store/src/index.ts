export * from './database.ts'
export { isConnectionFailure, sqlStateOf } from './failure.ts'
export * from './migrate.ts'
