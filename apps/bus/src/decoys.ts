import { createHmac } from 'node:crypto'

/** Makes what principals that do not exist are challenged with: the same each time, and nothing like a constant. */
export interface Decoys {
  /** @param purpose what the bytes are for @param count at most 64 */
  bytes(purpose: string, name: string, count: number): Uint8Array
  /** One of `choices` for this name. */
  pick<T>(purpose: string, name: string, choices: readonly [T, ...T[]]): T
}

/** @param secret known to nobody outside */
export function makeDecoys(secret: Uint8Array): Decoys {
  const digest = (purpose: string, name: string): Buffer =>
    createHmac('sha512', secret).update(`${purpose}\0${name}`).digest()
  return {
    bytes: (purpose, name, count) => digest(purpose, name).subarray(0, count),
    pick: (purpose, name, choices) => choices[digest(purpose, name).readUInt32BE() % choices.length] ?? choices[0],
  }
}
