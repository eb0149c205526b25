export * from './memory.ts'
export { dueAt, elapse, evaluateCommit, initialState, observe } from './evaluate.ts'
export * from './replay.ts'
export * from './outcome.ts'
