import { randomBytes } from 'node:crypto'
import { type NewDatapoint, numberOf, parseTimestamp } from '@sluice/model'
import { type Database, type DeviceIdentity, appendWatched, createAccount, ensurePartitions } from '../src/index.ts'

export async function makeAccount(db: Database, login: string): Promise<number> {
  const account = { login, name: login, email: `${login}@example.org` }
  return (await db.inTransaction((tx) => createAccount(tx, account))).accountId
}

export const secretOf = (text: string) => ({
  hash: Buffer.from(text),
  sealed: Buffer.from(text),
  masked: `slc_…${text}`,
})

export function makeIdentity(): DeviceIdentity {
  return {
    productId: randomBytes(15).toString('base64url'),
    productSecret: randomBytes(20).toString('hex'),
    serial: 'MPZRCCYHPWNA',
    activationCode: randomBytes(20).toString('hex'),
  }
}

/** `2026-11-22T10:00:00Z` as microseconds. */
export function micros(text: string): number {
  const at = parseTimestamp(text)
  if (at === null) throw new Error(`${text} is not a time`)
  return at
}

export async function append(db: Database, streamKey: number, points: readonly [string, string][]): Promise<void> {
  const rows: NewDatapoint[] = points.map(([at, value]) => ({
    streamKey,
    at: micros(at),
    value,
    number: numberOf(value),
  }))
  await ensurePartitions(
    db.pool,
    rows.map((row) => row.at),
  )
  await db.inTransaction((tx) => appendWatched(tx, rows))
}
