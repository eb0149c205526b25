export type { Act, ActionTable, AttemptResult, Shipment } from './action.ts'
export { WorkerConfig } from './config.ts'
export type { AttemptedDelivery } from './engine.ts'
export { startWorker, type Worker, type WorkerParts } from './start.ts'
