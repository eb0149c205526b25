export type { Act, ActionTable, AttemptResult, Shipment } from './action.ts'
