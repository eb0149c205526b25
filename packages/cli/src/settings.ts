import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isWellFormedKey } from '@sluice/model'
import { sign } from '@sluice/triggers'
import { UsageError } from './errors.ts'

/** Where to listen, and as whom. */
export type Server = {
  /** without a trailing slash */
  url: string
  key: string
  /** where the key came from, for sentences about it */
  keySource: string
  notes: string[]
}

const DEFAULT_URL = 'http://127.0.0.1:8080'
const FIRST_RUN = join('.sluice', 'first-run.json')

/**
 * Finds server and key: flags, then SLUICE_URL and SLUICE_KEY, then the file that the first `npm start` wrote. The file
 * counts as a whole: its key goes to no other server than its own, and no other key goes to its server unasked.
 * @param dir where `.sluice` may be
 * @throws {UsageError} no key, or an URL or a key that is none
 */
export async function findServer(
  flags: { url: string | null; key: string | null },
  env: Readonly<Record<string, string | undefined>>,
  dir: string,
): Promise<Server> {
  const url = flags.url ?? (env['SLUICE_URL'] || null)
  const key = flags.key ?? (env['SLUICE_KEY'] || null)
  if (key !== null) {
    const keySource = flags.key === null ? 'SLUICE_KEY' : '--key'
    if (!isWellFormedKey(key.trim())) throw new UsageError(`${keySource} is not an API key of Sluice`)
    const chosen = parseServer(url ?? DEFAULT_URL)
    return { url: chosen, key: key.trim(), keySource, notes: plainTextNotes(chosen) }
  }
  const found = await readFirstRun(join(dir, FIRST_RUN))
  if (found === null) throw new UsageError('There is no API key: set SLUICE_KEY')
  if (url !== null && parseServer(url) !== found.url)
    throw new UsageError(`There is no API key for that server: set SLUICE_KEY (${FIRST_RUN} is about ${found.url})`)
  return { ...found, keySource: FIRST_RUN, notes: [`Server and key are those of ${FIRST_RUN}`] }
}

async function readFirstRun(path: string): Promise<{ url: string; key: string } | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new UsageError(`${FIRST_RUN} cannot be read: set SLUICE_KEY instead`, { cause: error })
  }
  const { url, apiKey } = membersOf(text)
  if (typeof url !== 'string' || typeof apiKey !== 'string' || !isWellFormedKey(apiKey))
    throw new UsageError(`${FIRST_RUN} is damaged: set SLUICE_KEY instead`)
  return { url: parseServer(url), key: apiKey }
}

function membersOf(text: string): { url?: unknown; apiKey?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function parseServer(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError('The server needs an http or https URL, such as http://127.0.0.1:8080')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function plainTextNotes(url: string): string[] {
  const { protocol, hostname } = new URL(url)
  const isNear = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return protocol === 'https:' || isNear
    ? []
    : [`The key goes to ${hostname} unencrypted: use https where there is one`]
}

/** @throws {UsageError} it is not `whsec_` and base64 */
export async function checkSecret(secret: string): Promise<void> {
  try {
    await sign({ id: 'msg', timestampS: 0, body: '', secrets: [secret] })
  } catch (error) {
    throw new UsageError('--secret needs a signing secret: whsec_ and base64', { cause: error })
  }
}
