/** A length of time as it is typed. */
export type DurationField = { amount: string; unit: DurationUnit }
export const DURATION_UNITS = [
  { id: 's', label: 's', seconds: 1 },
  { id: 'min', label: 'min', seconds: 60 },
  { id: 'h', label: 'h', seconds: 3600 },
  { id: 'd', label: 'd', seconds: 86_400 },
] as const
export type DurationUnit = (typeof DURATION_UNITS)[number]['id']

/** In the largest unit that divides it; zero in minutes, which is what people mostly type. */
export function durationField(seconds: number): DurationField {
  if (seconds === 0) return { amount: '0', unit: 'min' }
  const unit = DURATION_UNITS.findLast((unit) => seconds % unit.seconds === 0) ?? DURATION_UNITS[0]
  return { amount: String(seconds / unit.seconds), unit: unit.id }
}

/** Whole seconds, or null where the text is no number, negative, or no whole number of seconds. Empty is zero. */
export function secondsOf({ amount, unit }: DurationField): number | null {
  const text = amount.trim().replace(',', '.')
  if (text === '') return 0
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) return null
  const seconds = Number(text) * (DURATION_UNITS.find(({ id }) => id === unit)?.seconds ?? 1)
  const whole = Math.round(seconds)
  return Math.abs(seconds - whole) < 1e-6 ? whole : null
}
