import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { isLoopback } from './config.ts'
import type { RequestDurations } from './request-durations.ts'

const CHECK_MS_MAX = 1_000
const CACHE_MS = 1_000
/** Above this share of the ingest queue a balancer should look for another node. */
const QUEUE_FULLNESS_MAX = 0.8

export type HealthParts = {
  registry: Registry
  requests: Pick<RequestDurations, 'render'>
  /** what keeps Postgres from taking durable writes; throws when it cannot be reached */
  checkDatabase(): Promise<{ isWritable: boolean; problems: string[] }>
  ingest: { depth(): { fullness: number } }
  state: { readonly isStarted: boolean; readonly isDraining: boolean }
}

/**
 * `/livez`: the event loop turns; no dependency, a blip of the database must not restart a fleet. `/readyz`: send
 * traffic here. `/metrics`: only for peers on this machine. Details only for those too.
 */
export function addHealth(app: FastifyInstance, parts: HealthParts): void {
  const checkDatabase = cached(() => withDeadline(parts.checkDatabase))

  app.get('/livez', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }))
  app.get('/readyz', async (request, reply) => {
    const database = await checkDatabase()
    const checks = {
      postgres: database,
      queue: parts.ingest.depth().fullness < QUEUE_FULLNESS_MAX ? 'ok' : 'nearly full',
      process: parts.state.isDraining ? 'draining' : parts.state.isStarted ? 'ok' : 'starting',
    }
    const isReady = Object.values(checks).every((check) => check === 'ok' || check.startsWith('ok,'))
    const status = isReady ? 'ready' : 'not ready'
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store')
    return isLocal(request) ? { status, checks } : { status }
  })
  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request)) return reply.callNotFound()
    return reply.type(parts.registry.contentType).send(Readable.from(exposition(parts), { objectMode: false }))
  })
}

/** Piece by piece: written at once, a megabyte and a half holds everybody else up. */
async function* exposition({ registry, requests }: HealthParts): AsyncIterable<string> {
  yield await registry.metrics()
  yield* requests.render()
}

/** A proxy on this machine is no local peer: what it forwards comes from elsewhere. */
function isLocal({ raw, headers }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  return !isForwarded && isLoopback(raw.socket.remoteAddress ?? '')
}

async function withDeadline(check: HealthParts['checkDatabase']): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer within a second'), CHECK_MS_MAX)
  })
  const asked = check().then(
    ({ isWritable, problems }) =>
      isWritable ? ['ok', ...problems.map((problem) => `not durable: ${problem}`)].join(', ') : problems.join(', '),
    () => 'unreachable',
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

function cached<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | null = null
  let until = 0
  return () => {
    const now = performance.now()
    if (!answer || now > until) {
      answer = ask()
      until = now + CACHE_MS
    }
    return answer
  }
}
