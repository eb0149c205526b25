/** Numbers that look random and come again with the same seed (mulberry32). */
export type Random = {
  /** 0 ≤ n < 1 */
  next(): number
  /** a whole number, 0 ≤ n < below */
  below(below: number): number
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T
  /** whether something of this probability happens */
  chance(probability: number): boolean
}

export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    chance: (probability) => next() < probability,
  }
}
