const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * The number a value stands for, or null where it is text. API v2: numeric means that the whole string is a decimal
 * number. Values beyond a finite double keep their text and count as text (no silent Infinity).
 */
export function numberOf(value: string): number | null {
  if (value.length > 64 || !DECIMAL.test(value)) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** `333.0`: how API v2 prints max_value and min_value, always as a float. */
export function formatFloat(number: number): string {
  return Number.isInteger(number) && Math.abs(number) < 1e15 ? number.toFixed(1) : String(number)
}
