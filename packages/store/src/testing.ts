import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { onServer, urlWithDatabase } from './testing-server.ts'

export * from './testing-outbox.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** a database of the test server that is never cloned */
    sluiceTestServer: string
    /** name of the migrated database that is */
    sluiceTestTemplate: string
  }
}

export type TestDatabase = AsyncDisposable & { url: string; db: Database }

/**
 * A migrated, empty database of its own for one test file or one test, gone when disposed of:
 * `await using database = await openTestDatabase()`. Needs the global setup of `testing-setup.ts`.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = inject('sluiceTestServer')
  const template = inject('sluiceTestTemplate')
  const name = `${template}_${randomBytes(6).toString('hex')}`
  await cloneTemplate(server, template, name)
  const url = urlWithDatabase(server, name)
  const db = await openDatabase({ url, applicationName: 'sluice test' })
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await db.close()
      await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

async function cloneTemplate(server: string, template: string, name: string): Promise<void> {
  await onServer(server, async (client) => {
    // one clone at a time: two of the same template at once may refuse one another
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    await client.query(`create database ${name} template ${template}`)
  })
}
