import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { failureOf, isConnectionFailure, isRetryable } from './failure.ts'

/** Anything that answers one statement: the pool, or a client inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>
/** A client whose open transaction is committed or rolled back by the caller. */
export type Transaction = pg.PoolClient

export type Database = {
  pool: pg.Pool
  /**
   * Runs `work` between BEGIN and COMMIT; anything it throws rolls back. After a deadlock or a serialization failure
   * it is run again, at most three times, so it must have no other effects.
   * @throws {SluiceError} `unavailable` when Postgres cannot be reached; after a lost COMMIT the outcome is unknown
   */
  inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type DatabaseOptions = { url: string; poolMax?: number; applicationName?: string }

const STATEMENT_TIMEOUT_MS = 10_000
/** later than the server's own limit: it only counts when Postgres hangs and enforces nothing */
const QUERY_TIMEOUT_MS = 15_000
const CONNECTION_TIMEOUT_MS = 2_000
const TRANSACTION_ATTEMPTS_MAX = 4

/**
 * Opens a pool and proves with one statement that Postgres answers. Every call has a deadline, because node-postgres
 * sets none. Through this pool a bigint arrives as a number; one beyond 2^53 throws.
 * @param options.poolMax connections at most (10)
 * @throws {SluiceError} `unavailable`
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax ?? 10,
    application_name: options.applicationName ?? 'sluice',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS * 3,
    keepAlive: true,
    types: { getTypeParser },
  })
  // without listeners, a connection that breaks ends the process, whether it is idle or lent to somebody; the pool drops
  // it, and the statement that was under way rejects
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  nameFailures(pool)
  let closing: Promise<void> | undefined
  const close = () => (closing ??= pool.end())
  try {
    await pool.query('select 1')
  } catch (error) {
    await close()
    throw error
  }
  return { pool, inTransaction: (work) => inTransaction(pool, work), close }
}

/** Makes outages `unavailable` also for statements outside `inTransaction`. */
function nameFailures(pool: pg.Pool): void {
  pool.query = named(pool.query.bind(pool))
  pool.connect = named(pool.connect.bind(pool))
}

function named<F>(call: F & ((...args: never[]) => unknown)): F {
  const wrapped = (...args: never[]): unknown => {
    const result = call(...args)
    if (!(result instanceof Promise)) return result
    return result.catch((error: unknown) => {
      throw failureOf(error)
    })
  }
  return wrapped as F
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, work)
    } catch (error) {
      if (!isRetryable(error) || attempt === TRANSACTION_ATTEMPTS_MAX) throw failureOf(error)
      // spread, so that two that met do not meet again
      await sleep(Math.random() * 20 * attempt)
    }
  }
}

async function attemptTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let broken: Error | boolean = false
  // a connection may break while `work` waits for something else
  const onError = (error: Error) => {
    broken = error
  }
  tx.on('error', onError)
  try {
    await tx.query('begin')
    const result = await work(tx)
    await tx.query('commit')
    return result
  } catch (error) {
    if (isConnectionFailure(error)) broken = true
    else if (!broken) {
      await tx.query('rollback').catch(() => {
        broken = true
      })
    }
    throw error
  } finally {
    tx.removeListener('error', onError)
    tx.release(broken)
  }
}

const getTypeParser: typeof pg.types.getTypeParser = (...asked: Parameters<typeof pg.types.getTypeParser>) =>
  asked[0] === pg.types.builtins.INT8 && asked[1] !== 'binary' ? safeInteger : pg.types.getTypeParser(...asked)

function safeInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`bigint ${text} is not exact as a number`)
  return number
}

/**
 * Whether what is committed survives a power cut: `fsync`, `full_page_writes` and `synchronous_commit` on, and a
 * primary that takes writes. A replica or a cluster with one of them off must not be called durable.
 */
export async function checkDurability(db: Queryable): Promise<{ durable: boolean; problems: string[] }> {
  const { rows } = await db.query<{ name: string; value: string }>(DURABILITY)
  const problems = rows.map(({ name, value }) => `${name} is ${value}`)
  return { durable: problems.length === 0, problems }
}

const DURABILITY = `
  select name, setting as value from pg_settings
  where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
  union all
  select 'in recovery (a replica)', 'on' where pg_is_in_recovery()
  order by name`
