export * from './config.ts'
export * from './logger.ts'
export * from './run.ts'
export * from './file-secret.ts'
