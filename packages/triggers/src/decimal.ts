import { numberOf } from '@sluice/model'

/** Exactly `digits` × 10^`exponent`. */
export type Decimal = { digits: bigint; exponent: number }

const PARTS = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/
const ZERO: Decimal = { digits: 0n, exponent: 0 }

/**
 * A number smaller than 10^-400 counts as zero: `1e-999999999` is valid decimal text, and adding something to it would
 * write out a billion digits. The other end is bounded already, `numberOf` takes nothing beyond a finite double.
 */
const MAGNITUDE_MIN = -400

/** Reads decimal text of at most 64 characters without losing a digit; null for what is no number (`numberOf`). */
export function parseDecimal(text: string): Decimal | null {
  if (numberOf(text) === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? []
  const written = `${whole}${fraction}`.replace(/^0+/, '')
  const lowest = Number(exponent) - fraction.length
  if (written === '' || lowest + written.length <= MAGNITUDE_MIN) return ZERO
  return { digits: sign === '-' ? -BigInt(written) : BigInt(written), exponent: lowest }
}

/** Negative, zero or positive, as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const { digits } = subtractDecimals(a, b)
  return digits < 0n ? -1 : digits > 0n ? 1 : 0
}

/**
 * Compares a decimal text with another one, exactly. Reading a double rounds, but never changes an order: doubles that
 * differ have told it, which is nearly always and ten times faster; the digits are only needed where both became the
 * same double.
 * @param shift is added to `b` first
 * @returns negative, zero or positive; null when one of them is no number
 */
export function compareNumbers(a: string, b: string, shift: Decimal = ZERO): number | null {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x === null || y === null) return null
  if (shift.digits === 0n) {
    if (x !== y) return x - y
    if (a === b) return 0
  }
  return compareDecimals(parseDecimal(a) ?? ZERO, addDecimals(parseDecimal(b) ?? ZERO, shift))
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  return { digits: shifted(a, exponent) + shifted(b, exponent), exponent }
}

export function negate({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent }
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, negate(b))
}

export function multiplyDecimal(a: Decimal, factor: bigint): Decimal {
  return { digits: a.digits * factor, exponent: a.exponent }
}

function shifted({ digits, exponent }: Decimal, to: number): bigint {
  return exponent === to ? digits : digits * 10n ** BigInt(exponent - to)
}
