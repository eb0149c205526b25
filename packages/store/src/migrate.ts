import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import pg from 'pg'

export type Migration = { version: number; name: string; sql: string; checksum: string }

/** any constant: whoever migrates this database holds it, also another node that starts at the same moment */
const ADVISORY_LOCK = 0x51_01_ce
const FILE_NAME = /^(\d{3})-([a-z0-9-]+)\.sql$/
const CONNECTION_TIMEOUT_MS = 5_000

/**
 * Brings the schema of a database to the newest version. Each file is one transaction, so a process killed half-way
 * leaves whole steps only and the next start goes on; two that start at once wait for each other.
 * @param migrations ascending by version without gaps; the files of this package unless a test says otherwise
 * @returns names of the files applied now
 * @throws {Error} when the database has a newer schema than these files, or one of them changed after it was applied
 */
export async function migrate(url: string, migrations?: readonly Migration[]): Promise<{ applied: string[] }> {
  const files = migrations ?? (await readMigrations())
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sluice migrate',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    await client.query(SCHEMA_MIGRATION)
    const { rows } = await client.query<AppliedRow>('select version, name, checksum from schema_migration')
    refuseForeign(rows, files)
    const done = new Set(rows.map((row) => row.version))
    const applied: string[] = []
    for (const file of files) {
      if (done.has(file.version)) continue
      await apply(client, file)
      applied.push(file.name)
    }
    return { applied }
  } finally {
    // ends the session, and the lock with it
    await client.end()
  }
}

/** Reads the numbered files, ascending. @throws {Error} for a stray file, a gap or a number used twice */
export async function readMigrations(
  directory: URL = new URL('../migrations/', import.meta.url),
): Promise<Migration[]> {
  const names = (await readdir(directory)).toSorted()
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(FILE_NAME.exec(name)?.[1])
      if (version !== index + 1) throw new Error(`${name} is not migration number ${index + 1}`)
      const sql = await readFile(new URL(name, directory), 'utf8')
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

type AppliedRow = { version: number; name: string; checksum: string }

function refuseForeign(applied: readonly AppliedRow[], files: readonly Migration[]): void {
  const known = new Map(files.map((file) => [file.version, file]))
  for (const row of applied) {
    const file = known.get(row.version)
    if (!file) {
      throw new Error(
        `The database has schema version ${row.version} (${row.name}), this Sluice knows ${files.length} at most: start a newer Sluice`,
      )
    }
    if (file.checksum !== row.checksum) {
      throw new Error(`${file.name} was changed after it was applied to this database: restore the file`)
    }
  }
}

async function apply(client: pg.Client, file: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(file.sql)
    await client.query('insert into schema_migration (version, name, checksum) values ($1, $2, $3)', [
      file.version,
      file.name,
      file.checksum,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback').catch(() => {})
    throw new Error(`${file.name} could not be applied`, { cause })
  }
}

const SCHEMA_MIGRATION = `
  create table if not exists schema_migration (
    version integer not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    constraint schema_migration_pkey primary key (version)
  )`
