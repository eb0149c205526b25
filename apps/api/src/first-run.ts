import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ACCESS_METHODS, isWellFormedKey } from '@sluice/model'
import { writeOnce } from '@sluice/service'
import { countAccounts, createAccount, insertKey, insertPassword, lockFirstStart } from '@sluice/store'
import type { Database } from '@sluice/store'
import { z } from 'zod'
import type { PasswordHasher } from './passwords.ts'
import type { KeyVault } from './secrets.ts'
import { issueSignInLink } from './sign-in-link.ts'

const LOGIN = 'home'
const FILE = 'first-run.json'

/** What `first-run.json` says; a listener that is not there is null. */
const FirstRunFile = z.object({
  url: z.string(),
  account: z.string(),
  email: z.string(),
  password: z.string().min(12),
  apiKey: z.string().refine(isWellFormedKey),
  wampUrl: z.string(),
  realm: z.string(),
  mqttUrl: z.string().nullable(),
  socketUrl: z.string().nullable(),
})
export type FirstRunFile = z.infer<typeof FirstRunFile>
export type FirstRun = FirstRunFile & { signInUrl: string }

export type FirstRunParts = {
  db: Database
  keys: KeyVault
  hasher: PasswordHasher
  dataDir: string
  urls: Pick<FirstRunFile, 'url' | 'wampUrl' | 'mqttUrl' | 'socketUrl'>
}

/**
 * On an empty database: one account, an administrator's, with a random password and a key that may do everything, and a link that signs in
 * once within an hour. There is no default password. The file is on disk before the account is committed, and what
 * stands in it already is used, so that a start killed in between loses nothing.
 * @returns null when there is an account already
 */
export async function firstRun(parts: FirstRunParts): Promise<FirstRun | null> {
  const { db, keys, hasher } = parts
  if ((await countAccounts(db.pool)) > 0) return null
  return db.inTransaction(async (tx) => {
    // two nodes may start at once: the second one finds the account of the first
    await lockFirstStart(tx)
    if ((await countAccounts(tx)) > 0) return null
    const file = await writeOrReadFile(parts)
    const { userId, accountId } = await createAccount(tx, {
      login: LOGIN,
      name: 'Home',
      email: file.email,
      isAdmin: true,
    })
    await insertPassword(tx, userId, await hasher.hash(file.password))
    const permissions = [{ accessMethods: [...ACCESS_METHODS] }]
    const key = { label: 'first key', privateAccess: true, permissions, expiresAt: null }
    await insertKey(tx, accountId, { ...key, ...keys.seal(file.apiKey) })
    const { sign_in_url: signInUrl } = await issueSignInLink(tx, userId, file.url)
    return { ...file, signInUrl }
  })
}

async function writeOrReadFile({ keys, dataDir, urls }: FirstRunParts): Promise<FirstRunFile> {
  const path = join(dataDir, FILE)
  const made: FirstRunFile = {
    url: urls.url,
    account: LOGIN,
    email: `${LOGIN}@sluice.local`,
    // 20 characters out of 64: 120 bit
    password: randomBytes(15).toString('base64url'),
    apiKey: keys.make().key,
    wampUrl: urls.wampUrl,
    realm: LOGIN,
    mqttUrl: urls.mqttUrl,
    socketUrl: urls.socketUrl,
  }
  if (await writeOnce(path, `${JSON.stringify(made, null, 2)}\n`)) return made
  const found = FirstRunFile.safeParse(JSON.parse(await readFile(path, 'utf8')))
  if (!found.success) throw new Error(`${path} is damaged; move it away and start again`)
  return found.data
}
