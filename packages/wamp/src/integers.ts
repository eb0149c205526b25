/** Integers that binary formats have a form for: signed and unsigned ones of 64 bits. */
export const BIGINT_MIN = -(2n ** 63n)
export const BIGINT_MAX = 2n ** 64n - 1n

/**
 * An integer as decoded values have it: a number within ±2^53, a bigint if 64 bits hold it, and the nearest double
 * beyond, so that whatever was decoded can be encoded in every format.
 */
export function fitting(value: bigint): number | bigint {
  const number = Number(value)
  if (value < BIGINT_MIN || value > BIGINT_MAX) return number
  return Math.abs(number) <= 2 ** 53 && BigInt(number) === value ? number : value
}
