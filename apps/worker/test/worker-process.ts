import { makeLogger, parseConfig } from '@sluice/service'
import { openDatabase } from '@sluice/store'
import { z } from 'zod'
import { startWorker } from '../src/start.ts'
import { all, post } from './target.ts'

// a worker as a process of its own, to be killed
const { DATABASE_URL: url } = parseConfig(z.object({ DATABASE_URL: z.string() }))
const logger = makeLogger({ level: 'warn', name: 'worker' })
const secrets = { open: (sealed: Buffer): string => sealed.toString() }
const worker = startWorker({ db: await openDatabase({ url }), logger, secrets, actions: all(post) })
worker.nudge()
