import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from './embedded/index.ts'
import { migrate } from './migrate.ts'
import { onServer, urlWithDatabase } from './testing-server.ts'

/**
 * Vitest's global setup: one Postgres for the run (the embedded one, or the server of DATABASE_URL) with a migrated
 * template that test files clone. Everything is removed afterwards.
 */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await openServer()
  try {
    const template = `sluice_template_${randomBytes(6).toString('hex')}`
    await onServer(server.url, (client) => client.query(`create database ${template}`))
    await migrate(urlWithDatabase(server.url, template))
    provide('sluiceTestServer', server.url)
    provide('sluiceTestTemplate', template)
    return async () => {
      await dropAll(server.url, template)
      await server.close()
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

async function openServer(): Promise<{ url: string; close(): Promise<void> }> {
  // the one variable that this package reads: which server tests run on is no setting of the product
  const given = process.env['DATABASE_URL']
  if (given) return { url: given, close: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  // started by root, Postgres runs as another user, who has to pass through
  await chmod(dataDir, 0o711)
  const embedded = await startEmbedded({ dataDir, log: () => {} })
  return {
    url: embedded.url,
    async close() {
      await embedded.close()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Also what tests that were killed left behind. */
async function dropAll(server: string, template: string): Promise<void> {
  await onServer(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [template],
    )
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`)
  })
}
