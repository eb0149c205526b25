import { hash, verify } from '@node-rs/argon2'
import { SluiceError } from '@sluice/model'
import { tooMany } from './rate-limit.ts'

/** RFC 9106's second recommendation: 64 MiB, three passes, one lane. About 70–200 ms of one core. */
const ARGON2ID = { algorithm: 2, memoryCost: 65_536, timeCost: 3, parallelism: 1 }
/** Each takes 64 MiB and a thread of the pool that file system and DNS use too. */
const AT_ONCE = 2
const QUEUE_MAX = 50
const CHARS_LEAST = 12
const CHARS_MOST = 128

/** @throws {SluiceError} `rate_limited` when 50 others wait already */
export type PasswordHasher = {
  /** a PHC string */
  hash(password: string): Promise<string>
  verify(phc: string, password: string): Promise<boolean>
}

/** Argon2id with a bound on what a flood of sign-ins can cost. NFKC, so that every keyboard types the same password. */
export function makePasswordHasher(): PasswordHasher {
  const waiting: (() => void)[] = []
  let running = 0

  const inTurn = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= QUEUE_MAX) throw tooMany(5)
      // whoever finishes hands over its place, so `running` stays
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
  return {
    hash: (password) => inTurn(() => hash(password.normalize('NFKC'), ARGON2ID)),
    verify: (phc, password) => inTurn(() => verify(phc, password.normalize('NFKC'))),
  }
}

/**
 * 12 to 128 characters of any kind, and none that anybody would try first (NIST SP 800-63B: length, no composition).
 * @throws {SluiceError} `unprocessable`
 */
export function requireGoodPassword(password: string, about: { email: string; login: string }): void {
  const plain = password.normalize('NFKC').toLowerCase()
  const problem = weakness(plain, [about.login, about.email, about.email.split('@', 1)[0] ?? '', 'sluice', 'xively'])
  if (problem) throw new SluiceError('unprocessable', `Password ${problem}`)
}

function weakness(plain: string, words: string[]): string | null {
  const length = Array.from(plain).length
  if (length < CHARS_LEAST) return `is too short (minimum is ${CHARS_LEAST} characters)`
  if (length > CHARS_MOST) return `is too long (maximum is ${CHARS_MOST} characters)`
  if (new Set(plain).size < 5) return 'has too few different characters'
  if (
    /^(?:0?123456789|1234567890|qwertyuiop|password|letmein|iloveyou|welcome|administrator|changeme)+[\d!.?]*$/.test(
      plain,
    )
  )
    return 'is among the first that anybody would try'
  const rest = words.reduce((text, word) => (word.length > 2 ? text.replaceAll(word.toLowerCase(), '') : text), plain)
  return Array.from(rest).length < CHARS_LEAST / 2 ? 'is made of your own name' : null
}
